"""The same person, however name, number, phone and code are typed, wherever they are typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import astuple

import pytest

from scoring.identity import Identity
from tests.support.h5 import address, fill, fill_again, log_in
from tests.support.people import YING, delivery, id_number, record
from tests.support.world import Chat, World

CARD = Identity("MARY ANN O'NEIL", id_number("19850315", region="935840"), "13900006666")
PERMIT = Identity("何以安", id_number("19850315", region="820000"), "13900006667")
MARY = Identity("MARY ANN O'NEIL", id_number("19850315"), "13900008888")
GULI = Identity("阿依古丽·买买提", id_number("19880704"), "13900009999")
RARE = Identity("\U0002ebf0〇\U00031350", id_number("19790101"), "13900007777")
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
FORMS = {
    "blanks": (
        YING,
        "陈 小萤",
        f"{YING.id_number[:6]} {YING.id_number[6:14]} {YING.id_number[14:]}",
        "+86 139 0000 5678",
    ),
    "full-width": (YING, "陈　小萤", YING.id_number.translate(FULL_WIDTH), YING.phone.translate(FULL_WIDTH)),
    "pasted": (YING, "\ufeff陈小萤\u200b", f"\u202d{YING.id_number}\u202c", f"\u2068{YING.phone}\u2069"),
    "signs": (YING, "【陈小萤】", f"{YING.id_number}。", "（+86）139-0000-5678"),
    "from abroad": (YING, "陈小萤\u3164", f"\ufeff{YING.id_number}", "008613900005678"),
    "Latin": (MARY, "Mary Ann O’Neil", MARY.id_number, MARY.phone),
    "Latin, full-width": (MARY, "Ｍary　Ann　Ｏ＇Neil", MARY.id_number.lower(), MARY.phone),
    "permanent residence card": (CARD, "mary ann o'neil", f"{CARD.id_number[:6]} {CARD.id_number[6:]}", CARD.phone),
    "residence permit": (PERMIT, PERMIT.name, PERMIT.id_number.translate(FULL_WIDTH), PERMIT.phone),
    "dot": (GULI, "阿依古丽 . 买买提", GULI.id_number, GULI.phone),
    "half-width dot": (GULI, "阿依古丽･买买提", GULI.id_number, GULI.phone),
    "rare characters": (RARE, "\U0002ebf0 ○\U00031350\ufe00", RARE.id_number, RARE.phone),
}
CODES = ["{0} {1}", "验证码{0}{1}", "【Egret】验证码 {0}{1}，5分钟内有效，请勿告诉他人。Your code is {0}{1}.", "wide"]
Typed = tuple[str, str, str]


def typed_code(form: str, code: str) -> str:
    return code.translate(FULL_WIDTH) if form == "wide" else form.format(code[:3], code[3:])


async def in_chat(world: World, typed: Typed, form: str) -> str:
    chat = Chat(world)
    for said in ("绑定", "1", *typed):
        await chat.say(said)
    return await chat.say(typed_code(form, await world.last_code()))


async def on_page(world: World, typed: Typed, form: str) -> str:
    chat = Chat(world)
    await chat.say("绑定")
    url = address(await chat.say("1"))
    await log_in(world, chat.openid)
    given = dict(zip(("name", "id_number", "phone"), typed, strict=True)) | {"consent": "2026-1"}
    page = await fill(world, url, **given)
    done = await fill_again(world, page, code=typed_code(form, await world.last_code()))
    assert "绑定成功" in done.text, done.text
    return (await world.http.get("/h5/privacy")).text


async def over_graphql(world: World, typed: Typed, form: str) -> str:
    token = await world.mini_program()
    start = """mutation($i: StartBindingInput!) { startBinding(input: $i) {
        ... on StartBindingSuccess { attempt { id } } ... on Refusal { refusalCode } } }"""
    given = dict(zip(("name", "idNumber", "phone"), typed, strict=True)) | {"consentVersion": "2026-1"}
    started = (await world.ask(start, token=token, i=given))["data"]["startBinding"]
    confirm = """mutation($i: ConfirmBindingInput!) { confirmBinding(input: $i) {
        ... on ConfirmBindingSuccess { maskedName } ... on Refusal { refusalCode } } }"""
    code = typed_code(form, await world.last_code())
    bound = await world.ask(confirm, token=token, i={"attempt": started["attempt"]["id"], "code": code})
    return " ".join(bound["data"]["confirmBinding"].values())


PLACES: list[Callable[[World, Typed, str], Awaitable[str]]] = [in_chat, on_page, over_graphql]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", FORMS)
async def test_the_same_person_is_bound_however_they_are_typed(
    world: World, what: str, place: Callable[[World, Typed, str], Awaitable[str]]
) -> None:
    person, *typed = FORMS[what]
    await world.register(person)
    told = await place(world, (typed[0], typed[1], typed[2]), "{0}{1}")
    assert f"{person.name[:1]}*" in told
    citizen = await world.container.citizens.find(person.id_number)
    assert citizen is not None
    held = await world.container.vault.open(citizen["sealed"])
    assert (held["name"], held["id_number"], held["phone"]) == astuple(person)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", CODES)
async def test_a_code_is_good_however_it_is_typed(
    world: World, form: str, place: Callable[[World, Typed, str], Awaitable[str]]
) -> None:
    await world.register(YING)
    assert "陈*" in await place(world, (YING.name, YING.id_number, YING.phone), form)


@pytest.mark.parametrize(
    "delivered",
    [
        Identity("陈　小萤", f" {YING.id_number} ", "139 0000 5678"),
        Identity("陈 小萤 ", YING.id_number.translate(FULL_WIDTH), "+8613900005678"),
        Identity("\ufeff陈小萤", f"{YING.id_number}\r", YING.phone),
    ],
)
async def test_a_register_delivered_with_blanks_still_has_the_person(world: World, delivered: Identity) -> None:
    await world.register(delivered)
    assert "绑定" in await Chat(world).bind(YING)
    assert await world.container.citizens.find(YING.id_number) is not None


@pytest.mark.parametrize("other", ["陈小莹", "陈大萤", "陈小", "CHEN XIAOYING"])
async def test_another_name_is_another_person(world: World, other: str) -> None:
    await world.register(YING)
    assert "没有对上" in await in_mismatch(world, other)


async def in_mismatch(world: World, name: str) -> str:
    chat = Chat(world)
    for said in ("绑定", "1", name, YING.id_number):
        await chat.say(said)
    return await chat.say(YING.phone)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_wrong_number_of_a_residence_card_is_named_for_what_it_is(world: World, language: str) -> None:
    chat = Chat(world)
    if language == "en":
        await chat.say("English")
    for said in ("绑定", "1", "陈小萤"):
        await chat.say(said)
    told = await chat.say("935840198503150010")
    assert ("外国人永久居留身份证" if language == "zh" else "Permanent Resident ID Card") in told


async def test_records_delivered_for_a_number_in_another_form_are_the_same_persons(world: World) -> None:
    await world.enrol(YING)
    (one,) = delivery(YING, record("volunteering.hours", "2026-11-01", "V"))
    assert world.container.citizens.id_index(f"\u202d{YING.id_number.translate(FULL_WIDTH)}\u202c") == (
        world.container.citizens.id_index(one.resident)
    )
