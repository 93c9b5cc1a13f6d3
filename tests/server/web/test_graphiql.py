"""`/graphiql` where it is not offered: one sentence says why, and what to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.web import graphiql
from tests.support.world import World


async def test_without_its_files_it_says_what_to_run(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphiql, "MODULES", tmp_path)
    for path in ("/graphiql/", "/graphiql/react.js"):
        answer = await world.http.get(path)
        assert answer.status_code == 404
        assert "sh deploy/node.sh deploy/graphiql" in answer.text


async def test_outside_the_demo_it_is_not_offered(world: World) -> None:
    world.container.settings.demo = False
    answer = await world.http.get("/graphiql/")
    assert (answer.status_code, answer.text) == (404, "GraphiQL is offered in the demo only: run egret demo.")


async def test_only_its_own_files_are_served(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphiql, "MODULES", tmp_path)
    for path in graphiql.ASSETS.values():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("ours")
    assert (await world.http.get("/graphiql/react.js")).text == "ours"
    assert (await world.http.get("/graphiql/package.json")).status_code == 404
    page = await world.http.get("/graphiql/")
    assert "unsafe-inline" not in page.headers["content-security-policy"].split("style-src")[0]
    assert "://" not in page.text
