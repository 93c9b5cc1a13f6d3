"""Notices to people of the mini-program who have no chat: by subscription message, where they allowed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema.types.principal import CLOCK, Caller, Principal
from server.platform.core.unit_of_work import Transaction
from server.settings import Settings
from tests.support.people import YING, record
from tests.support.templates import TEMPLATES
from tests.support.world import Chat, World

SEND = "/cgi-bin/message/subscribe/send"
MORE = record("volunteering.hours", "2026-11-01", "V")


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """Of a city whose mini-program has templates."""
    (tmp_path / "mini.toml").write_text(TEMPLATES, "utf-8")
    return settings.model_copy(update={"miniapp_templates": tmp_path / "mini.toml"})


async def bound(world: World, channel: str, account: str) -> Principal:
    """Someone who has bound an account of a channel."""
    await world.register(YING)
    contact = (await world.container.contacts.enter(channel, account)).contact
    caller, bindings = Caller(Principal(contact=contact)), world.container.services.bindings
    version = world.container.scheme.consent.version
    started = await bindings.start(caller, version, YING.name, YING.id_number, YING.phone)
    await bindings.confirm(caller, started.id, await world.last_code())
    return await world.container.citizens.principal_of(contact)


def sent(world: World) -> list[str]:
    """To whom the mini-program sent something."""
    return [body["touser"] for path, body in world.platform.calls if path == SEND]


async def test_who_allowed_a_message_gets_one(world: World) -> None:
    world.platform.allowed_notices["mini-1"] = 1
    await bound(world, "mini", "mini-1")
    await world.deliver(YING, MORE)
    await world.deliver_outbox()
    assert [told["text"] for told in world.platform.phone("mini-1").arrived] == [
        "分数变化\n您的分数变为 510（+10），因为志…"
    ]


async def test_who_allowed_none_is_asked_for_nothing_and_nothing_is_tried_again(world: World) -> None:
    await bound(world, "mini", "mini-1")
    await world.deliver(YING, MORE)
    await world.deliver_outbox()
    world.clock.advance(days=1)
    await world.deliver_outbox()
    assert sent(world) == ["mini-1"]
    assert await world.container.store["outbox"].count_documents({"kind": "notice", "done": False}) == 0


async def test_the_chat_comes_first(world: World) -> None:
    await bound(world, "mini", "mini-1")
    contact = (await world.container.contacts.enter("wechat", "o-test")).contact
    caller, bindings = Caller(Principal(contact=contact)), world.container.services.bindings
    version = world.container.scheme.consent.version
    started = await bindings.start(caller, version, YING.name, YING.id_number, YING.phone)
    await bindings.confirm(caller, started.id, await world.last_code())
    await Chat(world).say("查询")
    await world.deliver(YING, MORE)
    assert any("510" in text for text in await Chat(world).pushes())
    assert sent(world) == []


async def test_a_notice_without_a_template_is_not_kept_for_the_mini_program(world: World) -> None:
    citizen = await bound(world, "mini", "mini-1")
    row = await world.container.citizens.get(citizen.id)

    async def raise_one(tx: Transaction) -> None:
        await world.container.citizens.notify(tx, row, "pass_used", {"benefit_zh": "券", "benefit_en": "voucher"})

    await world.container.unit_of_work.run(Caller(CLOCK), "tell", raise_one)
    assert await world.container.store["outbox"].count_documents({"kind": "notice"}) == 0
    (notice,) = await world.container.store["notices"].find({}).to_list(None)
    assert notice["state"] == "kept"


async def test_a_token_of_the_public_account_is_refused_for_the_mini_program(world: World) -> None:
    """What a mix-up of the two apps would meet at the platform."""
    platform, settings = world.platform, world.container.settings
    token = platform.issue_token(settings.wechat_app_id, settings.wechat_app_secret.get_secret_value())
    message = {"touser": "mini-1", "template_id": "S1", "data": {}}
    url = f"/simulator/api{SEND}?access_token={token}"
    assert (await world.http.post(url, json=message)).json()["errcode"] == 40001
