"""The written answer: whole, printable, for its citizen and the desk, and for no one else."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from datetime import date
from typing import Any
from unittest.mock import AsyncMock

import pytest

from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination
from server.disputes.letter import LetterService
from server.platform.core.in_force import SchemeInForce
from server.platform.sandbox.helpers import Helpers
from tests.support.desk import after, sign_in
from tests.support.disputes import PAGE, PARKING, decide, file, refusal
from tests.support.h5 import log_in
from tests.support.people import FAN, YING
from tests.support.world import Chat, World


async def decided(world: World, determination: Determination = Determination.UPHELD) -> Principal:
    me = await world.enrol(YING, PARKING)
    await decide(world, await file(world, me), determination)
    return me


async def letter_address(world: World) -> str:
    """Where the letter stands, for anyone who is logged in as its citizen."""
    await log_in(world)
    return address(await Chat(world).say("进度"))


def address(said: str) -> str:
    found = re.search(r"https?://[^/\s]+(/h5/letters/[\w-]+)", said)
    assert found is not None, said
    return found[1]


async def test_it_says_what_why_by_which_rule_and_how_to_appeal(world: World) -> None:
    await decided(world)
    page = (await world.http.get(await letter_address(world))).text
    for part in (
        "异议答复书",
        "D-2026-000001",
        YING.name,
        "信用工作办公室",
        "异议处理科",
        "福州市示例路1号",
        "0591-0000000",
        "（盖章）",
        "T1",
        "道路交通安全法",
        "不是我",
        "核查过",
        "计入这条记录 490，不计入 500；答复当日 490",
        "2026年12月23日（含）前",
        "行政复议",
    ):
        assert part in page, part
    assert YING.id_number not in page
    assert PARKING.rule not in page, "a rule is named, its code is for programs"
    assert "两名工作人员" not in page


async def test_a_deleted_record_still_has_its_number_in_the_letter_and_no_appeal(world: World) -> None:
    await decided(world, Determination.DELETED)
    page = (await world.http.get(await letter_address(world))).text
    assert "T1" in page
    assert "本答复采纳了您的意见" in page
    assert "两名工作人员" in page
    assert "计入这条记录 490，不计入 500；答复当日 500" in page


async def test_in_english(world: World) -> None:
    await decided(world)
    page = (await world.http.get(f"{await letter_address(world)}?lang=en")).text
    assert "Answer to your dispute" in page
    assert "Until 23 Dec 2026" in page


def pdf_text(content: bytes) -> str:
    """The words of a PDF, as poppler reads them."""
    reader = shutil.which("pdftotext")
    assert reader is not None
    return subprocess.run([reader, "-", "-"], input=content, capture_output=True, check=True).stdout.decode()


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils to read a PDF (.ci/run installs it)")
async def test_as_pdf_it_is_the_same_text(world: World) -> None:
    await decided(world)
    answer = await world.http.get(f"{await letter_address(world)}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = await asyncio.to_thread(pdf_text, answer.content)
    assert "异议答复书" in text
    assert "D-2026-000001" in text


async def test_without_pango_the_page_stands_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await decided(world)
    url = await letter_address(world)
    monkeypatch.setattr(world.container.sandbox.helpers, "can", AsyncMock(return_value=False))
    assert ".pdf" not in (await world.http.get(url)).text
    assert (await world.http.get(url + ".pdf")).status_code == 501


async def test_there_is_none_before_the_decision_and_none_for_others(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    assert "答复书" not in await Chat(world).say("进度")
    assert await refusal(world.container.services.letters.letter(me, dispute.key)) is RefusalCode.NOT_DECIDED
    await decide(world, dispute, Determination.UPHELD)
    other = await world.enrol(FAN, openid="o-2")
    assert await refusal(world.container.services.letters.letter(other, dispute.key)) is RefusalCode.NOT_FOUND


async def test_an_address_ends_with_its_time_and_with_its_person(world: World) -> None:
    me = await decided(world)
    url = await letter_address(world)
    assert (await world.http.get(url + "x")).status_code == 410
    world.clock.advance(minutes=31)
    await log_in(world)
    assert (await world.http.get(url)).status_code == 410
    again = await letter_address(world)
    await world.container.enrolments.leave(Caller(me))
    assert (await world.http.get(again)).status_code == 410


async def test_a_forwarded_address_opens_nothing(world: World) -> None:
    await decided(world)
    url = await letter_address(world)
    await world.enrol(FAN, openid="o-2")
    await log_in(world, "o-2")
    assert (await world.http.get(url)).status_code == 410
    assert (await world.http.get(f"{url}.pdf")).status_code == 410
    world.http.cookies.clear()
    assert (await world.http.get(url)).status_code == 303


async def test_the_desk_prints_it_and_the_citizen_sees_that(world: World) -> None:
    me = await decided(world)
    await sign_in(world, "printer", Kind.AGENT)
    csrf = re.search('name="csrf" value="([^"]*)"', (await world.http.get("/desk/")).text)
    assert csrf is not None
    found = await world.http.post("/desk/search", data={"csrf": csrf[1], "text": "D-2026-000001"})
    url = (await after(world, found)).url.path
    page = (await world.http.get(f"{url}/letter")).text
    assert "异议答复书" in page
    assert (await world.http.get(f"{url}/letter.pdf")).status_code in (200, 501)
    log = await world.container.services.looks.access_log(me, PAGE)
    assert AccessAction.LETTER_READ in {edge.node.action for edge in log.edges}


async def test_the_same_letter_is_printed_once_and_another_one_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed, honest = [], Helpers.parts

    def counted(self: Helpers, task: str, *given: Any) -> Any:
        printed.append(task)
        return honest(self, task, *given)

    monkeypatch.setattr(Helpers, "parts", counted)
    await decided(world)
    url = await letter_address(world)
    answers = await asyncio.gather(*(world.http.get(f"{url}.pdf") for _ in range(3)))
    assert len({answer.content for answer in answers}) == 1
    assert printed == ["letter"]
    assert (await world.http.get(f"{url}.pdf?lang=en")).content != answers[0].content
    assert printed == ["letter", "letter"]


async def test_where_too_many_letters_wait_it_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await decided(world)
    url = await letter_address(world)
    monkeypatch.setattr("server.platform.kit.fair_queue.WAIT_SECONDS", 0.0)
    async with world.container.sandbox._drawings.turn("a"), world.container.sandbox._drawings.turn("b"):
        answer = await world.http.get(f"{url}.pdf")
    assert answer.status_code == 503
    assert "过一分钟再打开" in answer.text


async def receipt_address(world: World) -> str:
    await log_in(world)
    return address(await Chat(world).say("进度"))


async def test_a_case_that_was_not_taken_up_speaks_of_no_two_people_and_of_no_inquiry(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent, desk = await world.hire("a", Kind.AGENT), world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    await desk.reject(Caller(agent), dispute.key, case.revision, "不属于异议范围")
    page = (await world.http.get(await letter_address(world))).text
    assert "不予受理" in page
    assert not any(word in page for word in ("两名工作人员", "自行核查", "采纳了您的意见"))
    assert "2026年12月23日（含）前" in page


async def test_filing_gives_a_receipt_as_page_and_as_pdf_in_both_languages(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await file(world, me)
    url = await receipt_address(world)
    page = (await world.http.get(url)).text
    for part in (
        "受理回执",
        "D-2026-000001",
        YING.name,
        "T1",
        "不是我",
        "2026年11月30日",
        "按您说的处理",
        "异议处理科",
    ):
        assert part in page, part
    assert "Receipt of your dispute" in (await world.http.get(f"{url}?lang=en")).text
    assert (await world.http.get(f"{url}.pdf")).status_code in (200, 501)


async def test_a_receipt_says_what_was_promised_when_it_was_filed(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent, desk = await world.hire("a", Kind.AGENT), world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    await desk.extend(Caller(agent), dispute.key, case.revision, "还在核对")
    assert (await world.container.services.letters.receipt(me, dispute.key)).due_on == date(2026, 11, 30)


async def test_after_an_appeal_the_first_answer_and_its_letter_can_still_be_read(world: World) -> None:
    me = await decided(world)
    (key,) = [row["_id"] async for row in world.container.store["disputes"].find({})]
    await world.container.disputes.appeal(Caller(me), key, "请再看一次")
    assert "复核前的答复书" in await Chat(world).say("进度")
    mine = await world.container.disputes.one(me, key)
    assert mine.first_answer is not None
    assert (mine.first_answer.explanation, mine.first_answer.determination) == ("核查过", Determination.UPHELD)
    await log_in(world)
    page = (await world.http.get(address(str(mine.first_answer.letter_url)))).text
    for part in ("复核前的答复", "核查过", "答复当日 490", "以复核后的答复为准"):
        assert part in page, part
    second, desk = await world.hire("second", Kind.AGENT), world.container.services.desk
    case = await desk.claim(Caller(second), key)
    await desk.decide(Caller(second), key, case.revision, Determination.UPHELD, "复核属实")
    first = await world.container.services.letters.letter(me, key, first=True)
    last = await world.container.services.letters.letter(me, key)
    assert (first.explanation, last.explanation) == ("核查过", "复核属实")
    assert (first.score_now, last.score_now) == (490, 490)
    assert "本答复为最终答复" in (await world.http.get(await letter_address(world))).text
    assert first.check_code != last.check_code
    assert await refusal(world.container.services.letters.letter(Principal(Kind.CITIZEN, "x"), key)) is (
        RefusalCode.NOT_FOUND
    )


async def test_the_desk_has_full_names_only_where_the_city_says_so(world: World) -> None:
    me = await decided(world)
    (key,) = [row["_id"] async for row in world.container.store["disputes"].find({})]
    agent, letters = await world.hire("printer", Kind.AGENT), world.container.services.letters
    assert isinstance(letters, LetterService)
    assert (await letters.letter(agent, key)).citizen_name == YING.name
    scheme = world.container.scheme
    office = scheme.city.office.model_copy(update={"full_names_at_desk": False})
    city = scheme.city.model_copy(update={"office": office})
    letters._in_force = SchemeInForce(scheme.model_copy(update={"city": city}))
    assert (await letters.letter(agent, key)).citizen_name == "陈*"
    assert (await letters.letter(me, key)).citizen_name == YING.name
    log = await world.container.services.looks.access_log(me, PAGE)
    assert sum(e.node.count for e in log.edges if e.node.action is AccessAction.LETTER_READ) == 2
