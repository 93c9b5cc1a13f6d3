"""`egret staff`, accounts with a password, and that no one decides about themselves, however they signed in."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from schema.types.errors import Refused
from schema.types.principal import Kind, Principal
from server.cli.main import main
from server.cli.staff import change_staff
from tests.server.auth.staff.conftest import Browser
from tests.support.people import YING, record
from tests.support.provider import CityProvider
from tests.support.world import Chat, World


async def run(world: World, action: str, account: str | None = None, said: str = "", **more: Any) -> str:
    arguments = Namespace(**{"action": action, "account": account, "role": None, "name": None} | more)
    return await change_staff(world.container, arguments, lambda _question: said)


async def test_no_one_decides_about_themselves_however_they_signed_in(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat = Chat(world)
    for said in ("异议 1", "1", "不是我的车，已经卖了", "提交", "确认"):
        await chat.say(said)
    dispute = await world.container.store["disputes"].find_one({})
    assert dispute is not None
    await browser.sign_in()
    agent = Principal(Kind.AGENT, "li.na")
    assert await world.container.services.desk.case(agent, dispute["_id"])
    assert "kept nowhere" in await run(world, "person", "li.na", YING.id_number)
    with pytest.raises(Refused, match="FOUR_EYES"):
        await world.container.services.desk.case(agent, dispute["_id"])
    await browser.sign_in()
    with pytest.raises(Refused, match="FOUR_EYES"):
        await world.container.services.desk.case(agent, dispute["_id"])


@pytest.mark.parametrize("otherwise", [{"staff_local": True}])
async def test_from_a_new_account_to_its_end(world: World, browser: Browser) -> None:
    assert await run(world, "list") == "there is no account"
    told = await run(world, "add", "chen", "four different words", role="approver", name="陈")
    assert "egret staff person chen" in told
    row = await world.container.store["staff"].find_one({"_id": "chen"})
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$")
    assert (await browser.post("/desk/sign-in", account="chen", password="four different words")).status_code == 303
    assert await browser.works() == 200
    assert "every session of it is over" in await run(world, "disable", "chen")
    assert await browser.works() == 303
    assert (await browser.post("/desk/sign-in", account="chen", password="four different words")).status_code == 401
    assert await run(world, "list") == "chen  approver  password  disabled  person not known"
    await run(world, "enable", "chen")
    assert (await browser.post("/desk/sign-in", account="chen", password="four different words")).status_code == 303
    links = await world.container.store["audit"].find({"chain": "staff"}).sort([("seq", 1)]).to_list(None)
    assert [link["action"] for link in links] == ["staff.added", "staff.disabled", "staff.enabled"]


@pytest.mark.parametrize("otherwise", [{"staff_local": True}])
@pytest.mark.parametrize(
    ("action", "account", "said", "more", "complaint"),
    [
        ("add", None, "", {}, "needs the name of an account"),
        ("add", "x", "", {"role": "mayor", "name": "x"}, "of agent, approver, steward, auditor"),
        ("add", "x", "", {"role": "agent"}, "needs --name"),
        ("add", "x", "short", {"role": "agent", "name": "x"}, "too weak"),
        ("add", "x", "a" * 20, {"role": "agent", "name": "x"}, "too weak"),
        ("add", "agent", "four different words", {"role": "agent", "name": "x"}, "already"),
        ("disable", "x", "", {}, "There is no account x"),
        ("enable", "x", "", {}, "There is no account x"),
        ("person", "x", YING.id_number, {}, "There is no account x"),
        ("person", "agent", "350199", {}, "no ID number. That has 6 characters; it should have 18"),
    ],
)
async def test_what_cannot_be_done_is_said(
    world: World, action: str, account: str | None, said: str, more: dict[str, str], complaint: str
) -> None:
    await world.hire("agent", Kind.AGENT)
    with pytest.raises(ValueError, match=complaint):
        await run(world, action, account, said, **more)


async def test_where_the_provider_is_the_only_door_no_password_is_given_out(world: World) -> None:
    with pytest.raises(ValueError, match="EGRET_STAFF_LOCAL"):
        await run(world, "add", "chen", "four different words", role="agent", name="陈")


@pytest.mark.long
def test_the_command_reads_secrets_from_standard_input(
    tmp_path: Path,
    database_of_commands: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = ["--data-dir", str(tmp_path / "egret")]
    typed = tmp_path / "typed"
    typed.write_text(f"four different words\n{YING.id_number}\n", "utf-8")
    with typed.open() as lines:  # of two commands, as in a loop of a shell: each takes its own line
        monkeypatch.setattr("sys.stdin", lines)
        assert main(["staff", "add", "chen", "--role", "agent", "--name", "陈", *folder]) == 0
        assert main(["staff", "person", "chen", *folder]) == 0
    assert main(["staff", "list", *folder]) == 0
    assert "chen  agent  password  active  person known" in capsys.readouterr().out
    assert main(["staff", "disable", "nobody", *folder]) == 1
    assert "There is no account nobody" in capsys.readouterr().err
