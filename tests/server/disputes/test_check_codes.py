"""Check codes: anybody can verify a letter, and learns nothing about its person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schema.types.dispute import LetterKind
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Caller, Principal
from scoring.disputes import Determination
from server.disputes import check_codes
from tests.support.disputes import PARKING, decide, file
from tests.support.people import TODAY, YING
from tests.support.world import World

ANYBODY = Caller(ANONYMOUS)
CHECK = """query($n: String!, $c: String!) {
    checkLetter(number: $n, checkCode: $c) { genuine kind datedOn office { phone } } }"""


async def letters_of(world: World) -> tuple[Principal, str, str]:
    """A citizen, and the codes of the receipt and of the answer of their dispute."""
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    letters = world.container.services.letters
    receipt, answer = await letters.receipt(me, dispute.key), await letters.letter(me, dispute.key)
    return me, receipt.check_code, answer.check_code


async def test_a_letter_is_of_this_office_day_and_kind_and_nothing_else_is_said(world: World) -> None:
    _, receipt, answer = await letters_of(world)
    said = await world.ask(CHECK, n="D-2026-000001", c=answer)
    office = {"phone": "0591-0000000"}
    assert said["data"]["checkLetter"] == {
        "genuine": True,
        "kind": "ANSWER",
        "datedOn": TODAY.isoformat(),
        "office": office,
    }
    found = await world.container.services.letters.check(ANYBODY, "D-2026-000001", receipt)
    assert (found.genuine, found.kind) == (True, LetterKind.RECEIPT)


@pytest.mark.parametrize("written", ["{0}", " {0} ", "lower", "bare", "spaced"])
async def test_a_code_is_taken_as_people_type_it(world: World, written: str) -> None:
    _, _, answer = await letters_of(world)
    forms = {"lower": answer.lower(), "bare": answer.replace("-", ""), "spaced": answer.replace("-", " ")}
    typed = forms.get(written, written.format(answer))
    assert (await world.container.services.letters.check(ANYBODY, " d-2026-000001 ", typed)).genuine


async def test_a_code_of_another_number_kind_or_key_is_not_known(world: World) -> None:
    _, receipt, answer = await letters_of(world)
    letters = world.container.services.letters
    wrong = "A" if answer[0] != "A" else "B"
    for number, code in (("D-2026-000002", answer), ("D-2026-000001", wrong + answer[1:]), ("", ""), ("x", "ß" * 40)):
        found = await letters.check(ANYBODY, number, code)
        assert (found.genuine, found.kind, found.dated_on, found.office) == (False, None, None, None)
    assert receipt != answer


async def test_a_code_stays_good_when_its_person_has_left_and_after_a_restart(world: World) -> None:
    me, _, answer = await letters_of(world)
    await world.container.enrolments.leave(Caller(me))
    fresh = type(world.container.vault)(
        world.container.store,
        master_keys=world.container.settings.master_keys(),
        index_key=world.container.settings.index_key.get_secret_value(),
    )
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    (kept,) = [one for one in check_codes.issued_letters(row) if one.kind is LetterKind.ANSWER]
    assert check_codes.check_code(fresh, "D-2026-000001", kept) == answer
    await fresh.close()
    assert (await world.container.services.letters.check(ANYBODY, "D-2026-000001", answer)).genuine


async def test_who_tries_too_often_from_one_address_is_paused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_codes, "_MOST_AN_HOUR", 2)
    caller = Caller(ANONYMOUS, None, "192.0.2.1")
    check = world.container.services.letters.check
    for _ in range(2):
        await check(caller, "D-2026-000001", "AAAA")
    with pytest.raises(Refused) as refused:
        await check(caller, "D-2026-000001", "AAAA")
    assert refused.value.code is RefusalCode.TOO_MANY_TRIES
    world.clock.advance(seconds=timedelta(hours=1, seconds=1).total_seconds())
    await check(caller, "D-2026-000001", "AAAA")


async def test_the_public_page_says_it_in_words_and_shows_nobody(world: World) -> None:
    _, _, answer = await letters_of(world)
    assert "核验" in (await world.http.get("/letters/check")).text
    page = await world.http.post("/letters/check", data={"number": "D-2026-000001", "code": answer})
    assert "真实有效" in page.text
    assert "2026年11月23日" in page.text
    assert not any(word in page.text for word in ("陈", YING.id_number, "T1", "违法停车", "维持"))
    no = await world.http.post("/letters/check?lang=en", data={"number": "D-2026-000001", "code": "AAAA"})
    assert "Not known" in no.text
