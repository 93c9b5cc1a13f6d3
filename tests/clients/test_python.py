"""The Python client: generated from the schema, built, installed from its archive, and at work against a server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx
import pytest

from server.demo.people import developer_openid
from tests.browser.chromium import password
from tests.clients.conftest import HERE, ROOT, Tools
from tests.clients.python.desk_list import SignInRefusedError, report, signed_in
from tests.support.demo import Demo

CLIENT = ROOT / "deploy" / "python-client"
OUTSIDE = HERE / "python" / "outside.py"
BUILD = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"
MYPY = "[mypy]\nstrict = true\nplugins = pydantic.mypy\n"
BENEFIT = "library.deposit-free"
"""One of the partner whose key the demo prints."""
pytestmark = pytest.mark.long


def test_the_generated_client_is_current(tools: Tools, tmp_path: Path) -> None:
    config = tmp_path / "generate.toml"
    given = (CLIENT / "ariadne-codegen.toml").read_text("utf-8")
    config.write_text(
        given.replace(
            'target_package_path = "deploy/python-client/egret_client"', f'target_package_path = "{tmp_path}"'
        )
    )
    done = tools.python_tool("ariadne-codegen", "--config", str(config))
    assert done.returncode == 0, done.stderr
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "generated").glob("*.py")}
    generated = CLIENT / "egret_client" / "generated"
    committed = {path.name: path.read_text("utf-8") for path in generated.glob("*.py")}
    assert made == committed, "run: sh tests/clients/generate.sh"


async def test_it_lists_the_scheme_its_benefits_and_the_open_cases(demo: Demo) -> None:
    lines = await report(demo.base_url(), "agent", password(demo, "agent"))
    assert lines[0].startswith("Moli score 2026-1: 0 to 1000, from 500")
    assert any("deposit" in line and "else: " in line for line in lines), lines
    assert any(line.startswith("D-") and "working days left" in line for line in lines), lines


async def test_a_refused_sign_in_is_a_typed_answer(demo: Demo) -> None:
    with pytest.raises(SignInRefusedError, match="password"):
        await signed_in(demo.base_url(), "agent", "wrong")


def run(*command: str | Path, cwd: Path, given: str = "") -> str:
    """The output of a command that knows nothing of this repository."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=alone, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(source: Path, what: str, into: Path) -> Path:
    """An archive of the package, made by the build backend itself."""
    return into / run(sys.executable, "-c", BUILD, what, into, cwd=source).splitlines()[-1]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that is built from what that holds."""
    folder = tmp_path_factory.mktemp("archives")
    shutil.copytree(CLIENT, folder / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    sdist = built(folder / "copy", "build_sdist", folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    return sdist, built(source, "build_wheel", folder)


@pytest.fixture(scope="module")
def python(tools: Tools, archives: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel in it; its dependencies are lent by the environment of the tools."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", archives[1], cwd=folder)
    (theirs,) = folder.glob("lib/python*/site-packages")
    (lent,) = (HERE / ".venv").glob("lib/python*/site-packages")
    (theirs / "lent.pth").write_text(f"{lent}\n", "utf-8")
    return python


def test_the_archives_hold_what_they_should(archives: tuple[Path, Path]) -> None:
    assert [archive.name for archive in archives] == [
        "egret_client-0.2.0.tar.gz",
        "egret_client-0.2.0-py3-none-any.whl",
    ]
    with tarfile.open(archives[0]) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    operations = {f"operations/{path.name}" for path in (CLIENT / "operations").glob("*.graphql")}
    assert operations | {"README.md", "LICENSE", "egret_client/py.typed", "ariadne-codegen.toml"} <= held
    assert (CLIENT / "LICENSE").read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")


def key(demo: Demo, ending: str) -> str:
    """The API key of an organisation, as the demo prints it."""
    found = re.search(rf"^\s+(egp_\S+{ending})$", demo.log.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


BORROWS = """{ me { records { edges { node { points disputed } } }
    benefits { edges { node { eligible benefit { code } } } } } }"""


def borrows(demo: Demo, openid: str) -> bool:
    """Whether someone is bound, may borrow books without a deposit, and has a record to dispute."""
    token = httpx.get(f"{demo.base_url()}/simulator/token", params={"openid": openid}).text.strip()
    headers = {"authorization": f"Bearer {token}"}
    me = httpx.post(f"{demo.base_url()}/graphql", json={"query": BORROWS}, headers=headers).json()["data"]["me"]
    if me is None:
        return False
    open = {edge["node"]["benefit"]["code"] for edge in me["benefits"]["edges"] if edge["node"]["eligible"]}
    records = [edge["node"] for edge in me["records"]["edges"]]
    return BENEFIT in open and any(one["points"] and not one["disputed"] for one in records)


def login_code(demo: Demo) -> str:
    """A `wx.login` code of one of the people who are bound."""
    found = next(openid for place in range(1, 12) if borrows(demo, openid := developer_openid(place)))
    answer = httpx.get(f"{demo.base_url()}/simulator/login-code", params={"openid": found})
    code: str = answer.json()["code"]
    return code


def test_who_has_only_installed_it_does_everything(demo: Demo, python: Path, tmp_path: Path) -> None:
    base = demo.base_url()
    script = shutil.copy(OUTSIDE, tmp_path)
    keys = key(demo, "_source_traffic-police"), key(demo, "_fz-library")
    words = (base, "agent", login_code(demo), BENEFIT, *keys)
    told = json.loads(run(python, "-I", script, *words, cwd=tmp_path, given=password(demo, "agent")))
    assert Path(told["package"]).is_relative_to(python.parent.parent)
    ours = [path for path in told["path"] if Path(path).is_relative_to(ROOT)]
    assert all(path.endswith("site-packages") for path in ours), ours
    assert told["cases"] > 0
    assert 0 <= told["score"] <= 1000
    assert told["dispute"][1] == "SUBMITTED"
    assert len(set(told["rejections"])) == 1
    assert told["redeemed"] == [True, False]
    assert told["fault"] == "NOT_SIGNED_IN"


def test_the_readme_says_what_works(demo: Demo, python: Path, tmp_path: Path) -> None:
    first = (CLIENT / "README.md").read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    assert "a code of wx.login" in first
    text = first.replace("http://127.0.0.1:8000", demo.base_url()).replace("a code of wx.login", login_code(demo))
    script = tmp_path / "readme.py"
    script.write_text(text, "utf-8")
    shown = run(python, "-I", script, cwd=tmp_path).splitlines()
    value, *points = (int(line.split()[0]) for line in shown)
    assert sum(points) == value


def test_mypy_is_content_with_a_file_that_uses_it(python: Path, tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text(MYPY, "utf-8")
    for path in (OUTSIDE, OUTSIDE.with_name("desk_list.py")):
        shutil.copy(path, tmp_path)
    mypy: list[str | Path] = [sys.executable, "-m", "mypy", "--python-executable", python]
    assert "no issues found in 2 source files" in run(*mypy, "outside.py", "desk_list.py", cwd=tmp_path)
    wrong = "from egret_client import connected\nreveal_type(connected('').score)\nconnected('').score(first='x')\n"
    (tmp_path / "wrong.py").write_text(wrong, "utf-8")
    with pytest.raises(AssertionError, match='incompatible type "str"; expected "int"'):
        run(*mypy, "wrong.py", cwd=tmp_path)
