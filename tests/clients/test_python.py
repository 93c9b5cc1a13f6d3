"""The Python client: generated from the schema, typed, and at work against a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import password
from tests.clients.conftest import HERE, Tools
from tests.clients.python.desk_list import SignInRefusedError, report, signed_in
from tests.support.demo import Demo

PACKAGE = HERE / "python" / "egret_api"
pytestmark = pytest.mark.slow


def test_the_generated_client_is_current(tools: Tools, tmp_path: Path) -> None:
    config = tmp_path / "generate.toml"
    given = (HERE / "python" / "ariadne-codegen.toml").read_text("utf-8")
    config.write_text(
        given.replace('target_package_path = "tests/clients/python"', f'target_package_path = "{tmp_path}"')
    )
    done = tools.python_tool("ariadne-codegen", "--config", str(config))
    assert done.returncode == 0, done.stderr
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "egret_api").glob("*.py")}
    committed = {path.name: path.read_text("utf-8") for path in PACKAGE.glob("*.py")}
    assert made == committed, "run: sh tests/clients/generate.sh"


async def test_it_lists_the_scheme_its_benefits_and_the_open_cases(demo: Demo) -> None:
    lines = await report(f"{demo.base_url()}/graphql", "agent", password(demo, "agent"))
    assert lines[0].startswith("Moli score 2026-1: 0 to 1000, from 500")
    assert any("deposit" in line and "else: " in line for line in lines), lines
    assert any(line.startswith("D-") and "working days left" in line for line in lines), lines


async def test_a_refused_sign_in_is_a_typed_answer(demo: Demo) -> None:
    with pytest.raises(SignInRefusedError, match="password"):
        await signed_in(f"{demo.base_url()}/graphql", "agent", "wrong")
