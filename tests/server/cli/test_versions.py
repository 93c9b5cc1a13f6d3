"""Publishing at the command line: each steward gives a password, and what runs takes the version up."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from schema.types.principal import Kind
from scoring.scheme import SCHEMES_DIR
from server.cli.common import Failure
from server.cli.main import main
from server.cli.versions import steward_of
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
