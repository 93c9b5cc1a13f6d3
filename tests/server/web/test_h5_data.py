"""My data as people read it: no names of fields, no codes, no moments of machines, nothing empty; the file has all."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from bot.phrases import catalogue
from schema.types.connection import Page
from schema.types.principal import Caller
from scoring.disputes import DisputeReason
from server.web.h5.held import words
from tests.support.h5 import log_in, my_data
from tests.support.people import MOLI, YING, record
from tests.support.world import Chat, World

RECORDS = [
    record("volunteering.hours", "2026-09-01", "V-1"),
    record("traffic.illegal-parking", "2026-09-02", "P-1"),
    record("utility.power-overdue", "2026-11-20", "N-1"),
    *(record("honours.government", f"202{n}-03-01", f"H-{n}") for n in (4, 5, 6)),
]
_TAGS = re.compile(r"<[^>]+>")
_CODE = re.compile(r"\b(?!JSON)[a-z]{2,}(?:[._-][a-z]+)+\b")
_MACHINE_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")


async def full(world: World) -> Chat:
    """A citizen of whom there is something in most sections."""
    me = await world.enrol(YING, *RECORDS)
    held = (await world.container.services.records.of_citizen(me, Page(50, None))).edges
    parking = next(edge.node for edge in held if edge.node.document_number == "P-1")
    await world.container.disputes.open(Caller(me), parking.key, DisputeReason.NOT_MINE, "不是我", [])
    chat = Chat(world)
    await chat.say("权益")
    await chat.say("1")
    await chat.say("查询")
    return chat


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_people_read_names_days_and_times_and_nothing_that_is_empty(world: World, language: str) -> None:
    url = await my_data(world, await full(world))
    page = await world.http.get(f"{url}?lang={language}")
    main = page.text[page.text.index("<main") :]
    told = unescape(_TAGS.sub("\n", main))
    assert "P-1" in told
    assert MOLI.rules_by_code["traffic.illegal-parking"].label.in_language(language) in told
    assert catalogue(language)["h5.data_disputes"] in told
    codes = {code for code in _CODE.findall(told) if code not in ("o-test", "egret-my-data.json")}
    assert codes == set()
    assert _MACHINE_MOMENT.findall(told.replace("2026-1", "")) == []
    assert "None" not in told
    assert "–\n" not in told


async def test_every_field_has_a_label_or_is_for_programs(world: World) -> None:
    url = await my_data(world, await full(world))
    held: dict[str, Any] = (await world.http.get(url + "?as=json")).json()
    known = set(words().fields) | set(words().machine)
    for section in ("lines", "withheld"):
        for item in held["assessments"]:
            item.pop(section)
    assert _names({name: part for name, part in held.items() if name != "made_at"}, top=True) - known == set()
    assert set(held) - {"made_at", "identity"} == set(words().titles)


def _names(value: Any, *, top: bool = False) -> set[str]:
    """Every name of a field in a document, but for what stands under one that is for programs."""
    if isinstance(value, list):
        return {name for part in value for name in _names(part)}
    if not isinstance(value, dict):
        return set()
    machine = set(words().machine) | {"band"}
    own = set() if top else set(value) - {"band", "code", "label"}
    return own | {name for key, part in value.items() if key not in machine for name in _names(part)}


async def test_the_file_for_machines_is_as_it_was(world: World) -> None:
    url = await my_data(world, await full(world))
    await log_in(world)
    held: dict[str, Any] = (await world.http.get(url + "?as=json")).json()
    assert held["records"][0]["occurred_on"]
    assert held["assessments"][0]["digest"]
