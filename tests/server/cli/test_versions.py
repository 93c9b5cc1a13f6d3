"""Publishing at the command line: each steward gives a password, and what runs takes the version up."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from schema.types.principal import Kind
from scoring.scheme import SCHEMES_DIR
from server.cli import versions
from server.cli.common import Failure
from server.cli.main import main
from server.cli.versions import steward_of
from server.container import Container
from server.scores.versions.files import read_folder
from tests.support.demo import EGRET, Demo, mongod_pids
from tests.support.people import colleague
from tests.support.world import World


async def test_a_steward_gives_the_password_of_the_account(world: World) -> None:
    await world.hire("lin", Kind.STEWARD)
    await world.hire("ma", Kind.AGENT)
    caller = await steward_of(world.container, "lin", lambda _question: "linlin")
    assert (caller.principal.kind, caller.principal.id) == (Kind.STEWARD, "lin")
    with pytest.raises(Failure, match="password"):
        await steward_of(world.container, "lin", lambda _question: "wrong")
    for account in ("ma", "no-one"):
        with pytest.raises(Failure, match=f"{account} is no steward who may work here"):
            await steward_of(world.container, account, lambda _question: "mama")
    await world.container.staff.disable("lin")
    with pytest.raises(Failure, match="lin is no steward"):
        await steward_of(world.container, "lin", lambda _question: "linlin")


async def test_for_an_account_of_the_citys_provider_the_command_stands(world: World) -> None:
    await world.hire("lin", Kind.STEWARD)
    change = {"$unset": {"password_hash": ""}, "$set": {"identity": "of the provider"}}
    await world.container.store["staff"].update_one({"_id": "lin"}, change)

    def ask(_question: str) -> str:
        raise AssertionError("there is no password to ask for")

    assert (await steward_of(world.container, "lin", ask)).principal.id == "lin"


def test_a_version_has_a_steward(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["publish", "."], ["approve", "x"], ["withdraw", "x"]):
        with pytest.raises(SystemExit):
            main(["scheme", *arguments])
        assert "--as" in capsys.readouterr().err


def test_the_folder_that_one_stands_in_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", tmp_path / "next"))
    monkeypatch.chdir(folder)
    assert main(["scheme", "check", "--folder", "."]) == 0
    assert "next: no findings" in capsys.readouterr().out
    (folder / "city.toml").unlink()
    with pytest.raises(ValueError, match=r"next/city.toml: "):
        read_folder(Path())


async def test_the_folder_that_one_stands_in_is_published(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.hire("lin", Kind.STEWARD)
    monkeypatch.chdir(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", tmp_path / "next"))

    @contextlib.asynccontextmanager
    async def existing(_data_dir: Path | None) -> AsyncIterator[Container]:
        yield world.container

    monkeypatch.setattr(versions, "existing", existing)
    monkeypatch.setattr(versions, "typed_secret", lambda _question: "linlin")
    asked = argparse.Namespace(folder=Path(), day=None, account="lin", data_dir=None)
    assert await versions.publish(asked) == 0
    assert [row["scheme"] for row in await world.container.versions.every()] == ["fuzhou-moli"]


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "egret"
    yield folder
    for pid in mongod_pids(folder):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.long
def test_a_running_demo_takes_up_what_two_stewards_publish(tmp_path: Path, data_dir: Path) -> None:
    def run(*arguments: str, typed: str = "") -> str:
        command = [*EGRET, *arguments, "--data-dir", str(data_dir)]
        done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr

    demo = Demo(data_dir)
    base = demo.base_url()
    password = re.findall(r"steward +(\S+)", demo.log.read_text("utf-8"))[0]
    other = "correct staple of wu"
    assert "wu" in run("staff", "add", "wu", "--name", "吴", "--role", "steward", typed=f"{other}\n")
    run("staff", "person", "wu", typed=f"{colleague(7)}\n")
    folder = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", tmp_path / "next"))
    city = folder / "city.toml"
    city.write_text(city.read_text("utf-8").replace("12345", "010-7654321"), "utf-8")

    said = run("scheme", "publish", str(folder), "--as", "steward", typed=f"{password}\n")
    version = said.split()[0]
    assert "once another steward approves it" in said
    assert "Another person has to do this: you proposed this version." in run(
        "scheme", "approve", version, "--as", "steward", typed=f"{password}\n"
    )
    assert "is approved" in run("scheme", "approve", version, "--as", "wu", typed=f"{other}\n")
    assert f"{version}  fuzhou-moli 2026-1  approved" in run("scheme", "versions")
    deadline = time.monotonic() + 60
    number, query = "", {"query": "{ scheme { helpLine { number } } }"}
    while number != "010-7654321":
        assert time.monotonic() < deadline, number
        time.sleep(0.1)
        number = httpx.post(f"{base}/graphql", json=query).json()["data"]["scheme"]["helpLine"]["number"]
    assert demo.stop() == 0
