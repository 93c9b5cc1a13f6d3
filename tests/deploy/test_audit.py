"""What is known of our dependencies fails; what cannot be asked is said and fails nothing."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType
from typing import Any

import pytest

from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("egret_audit", ROOT / "deploy" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["egret_audit"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


SOUND: dict[str, Any] = {"name": "starlette", "version": "1.10.0", "vulns": []}
HOLED: dict[str, Any] = {
    "name": "old",
    "version": "0.1",
    "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["0.2"], "aliases": [], "description": ""}],
}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1)"}
TRIVY = {"Results": [{"Vulnerabilities": None}, {"Vulnerabilities": [
    {"PkgName": "libx", "InstalledVersion": "1", "VulnerabilityID": "CVE-0000-1", "Severity": "HIGH"}]}]}  # fmt: skip
NPM = {"vulnerabilities": {"left": {"severity": "high", "range": "<2"}}}


@pytest.mark.parametrize(
    ("reader", "said", "found"),
    [
        ("from_pip_audit", {"dependencies": [SOUND]}, []),
        ("from_pip_audit", {"dependencies": [SOUND, UNKNOWN]}, []),
        ("from_pip_audit", {"dependencies": [SOUND, HOLED]}, ["old 0.1: PYSEC-0000-1, fixed in ['0.2']"]),
        ("from_npm", {"vulnerabilities": {}}, []),
        ("from_npm", NPM, ["left: high, <2"]),
        ("from_trivy", {"Results": []}, []),
        ("from_trivy", TRIVY, ["libx 1: CVE-0000-1, HIGH"]),
    ],
)
def test_what_a_tool_knows_is_found(audit: ModuleType, reader: str, said: Any, found: list[str]) -> None:
    assert getattr(audit, reader)(json.dumps(said)) == found


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("from_pip_audit", ""),
        ("from_pip_audit", json.dumps({"dependencies": [UNKNOWN]})),
        ("from_npm", '{"message": "405 Method Not Allowed"}'),
        ("from_npm", "npm error"),
        ("from_trivy", ""),
    ],
)
def test_a_tool_that_could_not_ask_knows_nothing(audit: ModuleType, reader: str, said: str) -> None:
    with pytest.raises(audit.NotAskedError):
        getattr(audit, reader)(said)


def test_it_fails_where_something_is_known_and_only_there(
    audit: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot() -> list[str]:
        raise audit.NotAskedError("no way out")

    clean = [audit.Audit("one", list), audit.Audit("two", cannot)]
    assert audit.main(clean) == 0
    assert capsys.readouterr().out == "one: nothing known\ntwo: not asked, no way out\n"
    assert audit.main([*clean, audit.Audit("three", lambda: ["old 0.1"])]) == 1
    assert capsys.readouterr().out.endswith("three: 1 known\n  old 0.1\n")


def test_every_lock_of_ours_is_asked_about(audit: ModuleType) -> None:
    locks = {path.relative_to(ROOT).as_posix() for path in (ROOT / "deploy").glob("requirements*.lock")}
    assert locks - {"deploy/requirements-demo.lock"} == set(audit.LOCKS)  # whose one line the dev lock has as well
    tree = [path for path in ROOT.rglob("package-lock.json") if "node_modules" not in path.parts]
    node = {path.parent.relative_to(ROOT).as_posix() for path in tree}
    assert node == set(audit.NODE)
