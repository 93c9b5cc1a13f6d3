"""Binding: every refusal, as the citizen reads it and as GraphQL types it."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Caller, Principal
from server.citizens.residents.model import Residence
from tests.support.people import FAN, YING, id_number
from tests.support.world import Chat, World

STORED = (
    *("citizens", "contacts", "conversations", "binding_attempts", "outbox", "records"),
    *("assessments", "audit", "idempotency", "throttles", "register", "data_keys"),
)


def asked(**values: str) -> tuple[str, str, str, str]:
    """The version of the consent, the name, the ID number and the phone."""
    given = {
        "consent_version": "2026-1",
        "name": YING.name,
        "id_number": YING.id_number,
        "phone": YING.phone,
        **values,
    }
    return given["consent_version"], given["name"], given["id_number"], given["phone"]


async def contact(world: World, openid: str = "o1") -> Principal:
    return Principal(contact=(await world.container.contacts.enter("wechat", openid)).contact)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"id_number": YING.id_number[:17]}, RefusalCode.ID_LENGTH, "idNumber"),
        ({"id_number": "350199199001010016"}, RefusalCode.ID_CHECK_DIGIT, "idNumber"),
        ({"id_number": id_number("20100101")}, RefusalCode.UNDER_AGE, "idNumber"),
        ({"name": "陈"}, RefusalCode.NAME_INVALID, "name"),
        ({"phone": "139"}, RefusalCode.PHONE_INVALID, "phone"),
        ({"consent_version": "2020-1"}, RefusalCode.CONSENT_OUTDATED, "consentVersion"),
        ({"name": "林一帆"}, RefusalCode.REGISTER_MISMATCH, None),
        ({"phone": "13900000000"}, RefusalCode.REGISTER_MISMATCH, None),
        ({"id_number": FAN.id_number}, RefusalCode.REGISTER_MISMATCH, None),
    ],
)
async def test_each_fault_is_refused_with_its_code(
    world: World, values: dict[str, str], code: RefusalCode, field: str | None
) -> None:
    await world.register(YING)
    with pytest.raises(Refused) as refused:
        await world.container.services.bindings.start(Caller(await contact(world)), *asked(**values))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await world.container.store["binding_attempts"].count_documents({}) == 0


async def test_an_empty_register_refuses_as_not_available_and_costs_no_try(world: World) -> None:
    me = Caller(await contact(world))
    for _ in range(7):
        with pytest.raises(Refused) as refused:
            await world.container.services.bindings.start(me, *asked())
        assert refused.value.code is RefusalCode.REGISTER_NOT_NOW
    await world.register(YING)
    assert await world.container.services.bindings.start(me, *asked())


@pytest.mark.parametrize(
    ("residence", "code"),
    [
        (Residence.SHARED, RefusalCode.NUMBER_SHARED),
        (Residence.MOVED, RefusalCode.RESIDENCE_ENDED),
        (Residence.DIED, RefusalCode.RESIDENCE_ENDED),
    ],
)
async def test_who_the_register_does_not_simply_have_is_told_why_and_others_learn_nothing(
    world: World, residence: Residence, code: RefusalCode
) -> None:
    await world.register(YING)
    await world.container.store["register"].update_one({}, {"$set": {"residence": residence.value}})
    start = world.container.services.bindings.start
    with pytest.raises(Refused) as refused:
        await start(Caller(await contact(world)), *asked())
    assert refused.value.code is code
    with pytest.raises(Refused) as refused:
        await start(Caller(await contact(world, "o-other")), *asked(name="王小明"))
    assert refused.value.code is RefusalCode.REGISTER_MISMATCH


async def test_binding_needs_a_channel(world: World) -> None:
    with pytest.raises(Refused) as refused:
        await world.container.services.bindings.start(Caller(ANONYMOUS), *asked())
    assert refused.value.code is RefusalCode.NO_CHANNEL


async def test_five_wrong_codes_and_then_a_pause(world: World) -> None:
    await world.register(YING)
    me = await contact(world)
    bindings = world.container.services.bindings
    started = await bindings.start(Caller(me), *asked())
    wrong, codes = f"{(int(await world.last_code()) + 1) % 10**6:06d}", []
    for _ in range(6):
        with pytest.raises(Refused) as refused:
            await bindings.confirm(Caller(me), started.id, wrong)
        codes.append(refused.value.code)
    assert codes == [RefusalCode.CODE_WRONG] * 4 + [RefusalCode.TOO_MANY_TRIES] * 2
    with pytest.raises(Refused) as refused:
        await bindings.confirm(Caller(me), started.id, await world.last_code())
    assert refused.value.code is RefusalCode.TOO_MANY_TRIES
    assert refused.value.retry_after is not None
    world.clock.advance(minutes=16)
    started = await bindings.start(Caller(me), *asked())
    assert (await bindings.confirm(Caller(me), started.id, await world.last_code()))[0] == "陈*"


@pytest.mark.parametrize("words", ["没收到", "nope", "", "12345", "重发一下"])
async def test_words_instead_of_a_code_cost_no_try(world: World, words: str) -> None:
    await world.register(YING)
    me = await contact(world)
    bindings = world.container.services.bindings
    started = await bindings.start(Caller(me), *asked())
    for _ in range(6):
        with pytest.raises(Refused) as refused:
            await bindings.confirm(Caller(me), started.id, words)
        assert refused.value.code is RefusalCode.CODE_UNREADABLE
    assert (await bindings.confirm(Caller(me), started.id, await world.last_code()))[0] == "陈*"


async def test_a_code_lives_five_minutes_and_can_be_sent_again(world: World) -> None:
    await world.register(YING)
    me = await contact(world)
    bindings = world.container.services.bindings
    started = await bindings.start(Caller(me), *asked())
    code = await world.last_code()
    world.clock.advance(minutes=6)
    with pytest.raises(Refused) as refused:
        await bindings.confirm(Caller(me), started.id, code)
    assert refused.value.code is RefusalCode.CODE_EXPIRED
    await bindings.resend(Caller(me), started.id)
    assert (await bindings.confirm(Caller(me), started.id, await world.last_code()))[0] == "陈*"


async def test_three_codes_an_attempt(world: World) -> None:
    await world.register(YING)
    me = await contact(world)
    started = await world.container.services.bindings.start(Caller(me), *asked())
    await world.container.services.bindings.resend(Caller(me), started.id)
    await world.container.services.bindings.resend(Caller(me), started.id)
    with pytest.raises(Refused) as refused:
        await world.container.services.bindings.resend(Caller(me), started.id)
    assert refused.value.code is RefusalCode.TOO_MANY_TRIES


async def test_another_contacts_attempt_is_unknown(world: World) -> None:
    await world.register(YING)
    started = await world.container.services.bindings.start(Caller(await contact(world)), *asked())
    with pytest.raises(Refused) as refused:
        await world.container.services.bindings.confirm(
            Caller(await contact(world, "o2")), started.id, await world.last_code()
        )
    assert refused.value.code is RefusalCode.CODE_EXPIRED


async def test_guessing_is_paused_for_the_contact(world: World) -> None:
    await world.register(YING)
    bindings = world.container.services.bindings
    me = await contact(world)
    for _ in range(5):
        with pytest.raises(Refused):
            await bindings.start(Caller(me), *asked(name="王小明"))
    with pytest.raises(Refused) as refused:
        await bindings.start(Caller(me), *asked(id_number=FAN.id_number))
    assert refused.value.code is RefusalCode.TOO_MANY_TRIES
    world.clock.advance(minutes=16)
    assert await bindings.start(Caller(me), *asked())


async def test_others_who_know_a_number_learn_nothing_and_pause_no_one(world: World) -> None:
    """After some wrong guesses no one hears whether the next one is right, and whose number it is goes on."""
    await world.register(YING)
    bindings = world.container.services.bindings
    for n in range(5):
        with pytest.raises(Refused) as refused:
            await bindings.start(Caller(await contact(world, f"guesser-{n}")), *asked(name="王小明"))
        assert refused.value.code is RefusalCode.REGISTER_MISMATCH
    guesser = await contact(world, "guesser-6")
    wrong = await bindings.start(Caller(guesser), *asked(name="王小明"))
    await bindings.resend(Caller(guesser), wrong.id)
    await world.deliver_outbox()
    assert not world.platform.sms.arrived  # as if it were right, and no code is sent
    with pytest.raises(Refused) as refused:
        await bindings.confirm(Caller(guesser), wrong.id, "000000")
    assert refused.value.code is RefusalCode.CODE_WRONG
    me = await contact(world)
    mine = await bindings.start(Caller(me), *asked())
    assert (await bindings.confirm(Caller(me), mine.id, await world.last_code()))[0] == "陈*"
    assert (wrong.masked_phone, wrong.expires_at > mine.expires_at) == (mine.masked_phone, False)


async def test_a_guess_never_binds_whatever_the_code(world: World) -> None:
    await world.register(YING)
    bindings = world.container.services.bindings
    for n in range(5):
        with pytest.raises(Refused):
            await bindings.start(Caller(await contact(world, f"guesser-{n}")), *asked(name="王小明"))
    guesser = await contact(world, "guesser-6")
    wrong = await bindings.start(Caller(guesser), *asked(name="王小明"))
    rows = await world.container.store["outbox"].find({"kind": "sms"}).to_list(None)
    code = (await world.container.vault.open(rows[-1]["sealed"]))["code"]
    with pytest.raises(Refused) as refused:
        await bindings.confirm(Caller(guesser), wrong.id, code)
    assert refused.value.code is RefusalCode.CODE_WRONG
    assert await world.container.citizens.find(YING.id_number) is None


async def test_guessing_is_paused_for_an_address_whatever_the_account_and_the_identity(world: World) -> None:
    people = [replace(YING, name=f"王{chr(0x4E00 + n)}", id_number=id_number("19900101", n)) for n in range(50)]
    await world.register(YING)
    start = world.container.services.bindings.start
    for n, person in enumerate(people):
        given = asked(name=person.name, id_number=person.id_number)
        with pytest.raises(Refused) as refused:
            await start(Caller(await contact(world, f"o{n}"), address="203.0.113.9"), *given)
        assert refused.value.code is RefusalCode.REGISTER_MISMATCH
    with pytest.raises(Refused) as refused:
        await start(Caller(await contact(world, "o-next"), address="203.0.113.9"), *asked())
    assert refused.value.code is RefusalCode.TOO_MANY_TRIES
    assert await start(Caller(await contact(world, "o-elsewhere"), address="203.0.113.10"), *asked())
    assert "203.0.113" not in str(await world.container.store["throttles"].find({}).to_list(None))


async def test_a_pause_does_not_tell_by_what_it_came(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer and the same time to wait, by account or by address, early in a pause or late."""
    monkeypatch.setattr("server.enrolment.guessing.MOST_TRIES_OF_AN_ADDRESS", 5)
    await world.register(YING)
    start = world.container.services.bindings.start
    me = await contact(world, "o1")
    for _ in range(5):
        with pytest.raises(Refused):
            await start(Caller(me, address="203.0.113.9"), *asked(name="王小明"))
    answers = set()
    for minutes, by, address in ((0, "o1", "203.0.113.10"), (7, "o2", "203.0.113.9"), (3, "o1", "203.0.113.9")):
        world.clock.advance(minutes=minutes)
        with pytest.raises(Refused) as refused:
            await start(Caller(await contact(world, by), address=address), *asked())
        answers.add((refused.value.code, refused.value.sentence("zh"), refused.value.retry_after, refused.value.field))
    assert len(answers) == 1


async def test_anyone_who_binds_rightly_is_not_counted_against_their_address(world: World) -> None:
    await world.register(YING)
    for n in range(4):
        await world.container.services.bindings.start(
            Caller(await contact(world, f"o{n}"), address="203.0.113.9"), *asked()
        )
    rows = await world.container.store["throttles"].find({"_id": {"$regex": "^bind:"}}).to_list(None)
    assert rows
    assert all(row["count"] == 0 for row in rows)


async def test_the_api_counts_by_the_address_that_it_was_asked_from(world: World) -> None:
    token = await world.mini_program()
    document = "mutation($input: StartBindingInput!) { startBinding(input: $input) { __typename } }"
    given = {"consentVersion": "2026-1", "name": "陈小萤", "idNumber": YING.id_number, "phone": YING.phone}
    await world.ask(document, token=token, input=given)
    assert await world.container.store["throttles"].count_documents({"_id": {"$regex": "^bind:"}}) == 3


async def test_a_second_account_for_one_citizen_is_refused(world: World) -> None:
    await world.enrol(YING, openid="o1")
    reply = await Chat(world, "o2").bind(YING)
    assert "已在另一个账号绑定" in reply
    assert "【1】换到这个微信" in reply


async def test_a_bound_account_takes_no_second_citizen(world: World) -> None:
    me = await world.enrol(YING)
    with pytest.raises(Refused) as refused:
        await world.container.services.bindings.start(Caller(me), *asked())
    assert refused.value.code is RefusalCode.ALREADY_BOUND


async def test_of_two_citizens_confirmed_at_once_an_account_is_bound_to_one(world: World) -> None:
    await world.register(YING, FAN)
    me, bindings, codes = await contact(world), world.container.services.bindings, []
    for person in (YING, FAN):
        given = asked(name=person.name, id_number=person.id_number, phone=person.phone)
        started = await bindings.start(Caller(me), *given)
        codes.append((started.id, await world.last_code()))
    bound = await asyncio.gather(*(bindings.confirm(Caller(me), *code) for code in codes), return_exceptions=True)
    (refused,) = [one for one in bound if isinstance(one, BaseException)]
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.ALREADY_BOUND
    assert await world.container.store["citizens"].count_documents({"contacts": {"$size": 1}}) == 1


async def test_a_mini_program_may_join_next_to_the_chat(world: World) -> None:
    await world.enrol(YING)
    token = await world.mini_program()
    start = """mutation($input: StartBindingInput!) { startBinding(input: $input) {
        ... on StartBindingSuccess { attempt { id } } ... on Refusal { refusalCode message { zh } } } }"""
    given = {"consentVersion": "2026-1", "name": YING.name, "idNumber": YING.id_number, "phone": YING.phone}
    answer = await world.ask(start, token=token, input=given)
    attempt = answer["data"]["startBinding"]["attempt"]["id"]
    confirm = """mutation($a: ID!, $c: String!) { confirmBinding(input: {attempt: $a, code: $c}) {
        ... on ConfirmBindingSuccess { maskedName } } }"""
    answer = await world.ask(confirm, token=token, a=attempt, c=await world.last_code())
    assert answer["data"]["confirmBinding"]["maskedName"] == "陈*"
    me = await world.ask("{ me { maskedIdNumber score { value } } }", token=token)
    assert me["data"]["me"] == {"maskedIdNumber": "3501**********0015", "score": {"value": 500}}


async def test_a_refusal_is_typed_in_graphql(world: World) -> None:
    token = await world.mini_program()
    document = """mutation($input: StartBindingInput!) { startBinding(input: $input) {
        __typename ... on Refusal { refusalCode inputField message { zh en } } } }"""
    given = {"consentVersion": "2026-1", "name": "陈小萤", "idNumber": "1", "phone": YING.phone}
    answer = await world.ask(document, token=token, input=given)
    refusal = answer["data"]["startBinding"]
    assert refusal["__typename"] == "PlainRefusal"
    assert (refusal["refusalCode"], refusal["inputField"]) == ("ID_LENGTH", "idNumber")
    assert "应为18位" in refusal["message"]["zh"]


async def test_nothing_personal_is_stored_or_logged_in_the_clear(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat = Chat(world)
    await world.register(YING)
    for said in ("绑定", "1", YING.name, YING.id_number, YING.phone):
        await chat.say(said)
    await chat.say(await world.last_code())
    await chat.say("查询")
    await chat.say("明细")
    canaries = (YING.name, YING.id_number, YING.phone, "o-test")
    for name in STORED:
        for document in await world.container.store[name].find({}).to_list(None):
            dumped = _dump(document)
            assert not any(c.encode() in dumped for c in canaries), name
    assert not any(c in caplog.text for c in canaries)


def _dump(value: Any) -> bytes:
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, dict):
        return b" ".join(_dump(v) for v in value.values())
    if isinstance(value, list):
        return b" ".join(map(_dump, value))
    return json.dumps(value, default=str, ensure_ascii=False).encode()


async def test_a_newer_consent_can_be_granted(world: World) -> None:
    me = await world.enrol(YING)
    enrolments = world.container.services.enrolments
    with pytest.raises(Refused) as refused:
        await enrolments.grant(Caller(me), "2020-1")
    assert refused.value.code is RefusalCode.CONSENT_OUTDATED
    await world.container.store["citizens"].update_one(
        {"_id": me.id}, {"$set": {"enrolment.consent_version": "2025-1"}}
    )
    assert not (await enrolments.enrolment(me)).consent_current
    assert (await enrolments.grant(Caller(me), "2026-1")).consent_current
    assert [c.version for c in await enrolments.consents(me)] == ["2026-1", "2026-1"]


async def test_only_optional_items_can_be_switched_off(world: World) -> None:
    me = await world.enrol(YING)
    for rule, code in (("tax.evasion", RefusalCode.NOT_OPTIONAL), ("no.such", RefusalCode.NOT_FOUND)):
        with pytest.raises(Refused) as refused:
            await world.container.services.enrolments.decline(Caller(me), rule, True)
        assert refused.value.code is code


async def test_tries_at_the_same_moment_do_not_slip_through(world: World) -> None:
    await world.register(YING)
    me = await contact(world)
    started = await world.container.services.bindings.start(Caller(me), *asked())
    calls = [world.container.services.bindings.confirm(Caller(me), started.id, f"{n:06d}x") for n in range(20)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    codes = [r.code for r in results if isinstance(r, Refused)]
    assert len(codes) == 20
    assert codes.count(RefusalCode.CODE_WRONG) <= 5


async def test_a_phone_is_not_flooded_with_codes(world: World) -> None:
    await world.register(YING)
    me = await contact(world)
    for _ in range(8):
        await world.container.services.bindings.start(Caller(me), *asked())
    for asker in (me, await contact(world, "o2")):
        with pytest.raises(Refused) as refused:
            await world.container.services.bindings.start(Caller(asker), *asked())
        assert refused.value.code is RefusalCode.TOO_MANY_TRIES
    world.clock.advance(hours=2)
    assert await world.container.services.bindings.start(Caller(me), *asked())


async def test_an_old_code_is_not_sent_any_more(world: World) -> None:
    await world.register(YING)
    await world.container.services.bindings.start(Caller(await contact(world)), *asked())
    world.clock.advance(minutes=6)
    await world.deliver_outbox()
    assert not world.platform.sms.arrived
