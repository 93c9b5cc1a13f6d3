"""`egret migrate`, and how other commands meet a layout that is not theirs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from server.cli.main import main
from server.cli.migrations import migrate
from server.container import open_container
from server.platform.db import Layouts, Store, layout_state
from server.platform.db.layout import Layout
from server.platform.db.processes import announced, living, release
from server.platform.db.versions import LINE
from server.settings import Settings, demo_settings
from server.web.readiness import unready
from tests.faults.town import environment
from tests.server.platform.db.migrations.database import LABELS, OLD
from tests.server.platform.db.migrations.synthetic import ALL_DONE, NEWEST
from tests.support.paths import ROOT


@pytest.fixture
def command(empty: Store, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """`egret migrate` is about this database."""
    uri, made = SecretStr(empty.uri), demo_settings(Settings(demo=True, data_dir=data_dir), port=8000)
    settings = made.model_copy(update={"mongodb_uri": uri, "database": empty.name})
    monkeypatch.setattr("server.cli.migrations.database_settings", lambda _: settings)
    return settings


async def migrated(*flags: str) -> int:
    values = {name: f"--{name.replace('_', '-')}" in flags for name in ("expand", "contract", "dry_run")}
    return await migrate(Namespace(data_dir=None, **values))


@pytest.mark.long
async def test_the_command_shows_plans_expands_and_contracts(
    old: Store, command: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await migrated()
    shown = capsys.readouterr().out
    assert f"layout 1 of {NEWEST}; code that knows less than layout 1 does not start" in shown
    assert "0003-label-codes: waiting" in shown
    await migrated("--expand", "--dry-run")
    assert "0003-label-codes: change 1,200 documents of labels" in capsys.readouterr().out
    assert await layout_state(old) == OLD
    await migrated("--expand")
    said = capsys.readouterr()
    assert "0003-label-codes: expanded" in said.out
    assert f"0003-label-codes: backfill: {LABELS:,} / {LABELS:,}" in said.err
    async with announced(old, "serve", Layouts(), every=0.1):
        await migrated("--contract")
        assert "0003-label-codes: contracted" in capsys.readouterr().out
        await migrated()
        assert f"egret serve {release()} (layout {NEWEST}) on " in capsys.readouterr().out
    await migrated("--contract", "--dry-run")
    assert capsys.readouterr().out == "nothing to do\n"


async def test_the_command_prepares_an_empty_database(
    empty: Store, command: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await migrated("--expand", "--dry-run")
    assert capsys.readouterr().out == f"would prepare an empty database at layout {NEWEST}\n"
    assert await layout_state(empty) is None
    await migrated("--expand")
    assert await layout_state(empty) == ALL_DONE


def test_a_dry_run_is_of_one_half() -> None:
    for flags in (["--dry-run"], ["--expand", "--contract"]):
        with pytest.raises(SystemExit):
            main(["migrate", *flags])


@pytest.mark.long
async def test_a_server_says_which_layout_it_lacks_and_does_not_start(empty: Store, command: Settings) -> None:
    await empty["meta"].insert_one({"_id": "layout", "line": LINE, **asdict(Layout(99, 99, 99, 99))})
    env = environment(command, empty.uri, empty.name)
    starting = [sys.executable, "-m", "server.cli", "worker"]
    done = await asyncio.to_thread(
        subprocess.run, starting, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("egret: the database was contracted to layout 99 and this release knows no more than")


@pytest.mark.long
async def test_a_system_on_a_database_that_is_not_expanded_works_on_its_layout(
    old: Store, command: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the demo expands by itself."""
    real = command.model_copy(update={"demo": False})
    async with open_container(real, announce_as="serve") as container:
        assert await layout_state(old) == OLD
        wrong = await unready(container.store, container.clock, 900)
        assert (
            wrong
            == f"the database is laid out for version 1 and this code needs {NEWEST}: run `egret migrate --expand`"
        )
        assert [process.what for process in await living(old)] == ["serve"]
    async with open_container(command, announce_as="demo"):
        assert await layout_state(old) == replace(OLD, version=NEWEST)
