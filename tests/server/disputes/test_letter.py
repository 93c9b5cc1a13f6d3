"""The written answer: whole, printable, for its citizen and the desk, and for no one else."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from typing import Any
from unittest.mock import AsyncMock

import pytest

from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination
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
        "陈*",
        "T1",
        "道路交通安全法",
        "不是我",
        "核查过",
        "计入这条记录 490，不计入 500；答复当日 490",
        "2026年12月23日（含）前",
        "行政复议",
    ):
        assert part in page, part
    assert YING.name not in page
    assert YING.id_number not in page


async def test_a_deleted_record_still_has_its_number_in_the_letter_and_no_appeal(world: World) -> None:
    await decided(world, Determination.DELETED)
    page = (await world.http.get(await letter_address(world))).text
    assert "T1" in page
    assert "处理有利于您" in page
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
    assert "/h5/letters/" not in await Chat(world).say("进度")
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
