"""Dates that people read have one form, wherever they come from: never the one that programs write."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest

from bot.phrases import catalogue, day, moment
from schema.types.errors import Refused
from server.citizens.holds import refuse_frozen, refuse_held
from server.citizens.model import CitizenRow
from server.records.model import RecordRow
from server.sources.repairs.checking import refuse_unrepairable
from tests.support.paths import ROOT
from tests.support.people import MOLI

ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
TYPED = {
    "complaint.ask_day",
    "complaint.ask_day_of_score",
    "complaint.day_unclear",
    "repair.ask_day",
    "repair.day_unclear",
}
"""Phrases that show how a day may be typed."""
SAYING = {"phrase", "say", "words", "offer"}
_OF_A_DAY = re.compile(r"on|at|due|day|until|since|from|last|last_day|\w+(?:On|At|Until|Since|_on|_at|_until)")
LATE = datetime(2026, 11, 30, 7, 4, tzinfo=UTC)


def calls(folder: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call in the sources of a folder."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def test_a_day_and_a_moment_read_the_same_everywhere() -> None:
    assert (day("zh", "2026-11-30"), day("en", "2026-11-30")) == ("2026年11月30日", "30 Nov 2026")
    assert moment("zh", LATE.isoformat()) == "2026年11月30日 15:04"
    assert moment("en", LATE.isoformat()) == "30 Nov 2026, 15:04"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_phrase_has_a_date_of_programs_but_to_show_what_may_be_typed(language: str) -> None:
    assert {key for key, text in catalogue(language).items() if ISO.search(text)} <= TYPED


def test_no_date_is_put_into_a_phrase_as_the_api_writes_it() -> None:
    raw = [
        f"{path.name}: {keyword.arg}={ast.unparse(keyword.value)}"
        for path, call in calls("bot")
        if name_of(call) in SAYING
        for keyword in call.keywords
        if isinstance(keyword.value, ast.Subscript)
        and isinstance(keyword.value.slice, ast.Constant)
        and _OF_A_DAY.fullmatch(str(keyword.value.slice.value))
    ]
    assert raw == []


@pytest.mark.parametrize("folder", ["server", "schema"])
def test_no_refusal_is_filled_with_a_date_of_programs(folder: str) -> None:
    raw = [
        f"{path.name}: {ast.unparse(call)}"
        for path, call in calls(folder)
        if name_of(call) == "Refused"
        and any("isoformat" in ast.unparse(one) or "%Y-" in ast.unparse(one) for one in call.keywords)
    ]
    assert raw == []


def held(**until: datetime) -> CitizenRow:
    return cast("CitizenRow", until)


def test_what_waits_is_refused_with_a_moment_that_people_read() -> None:
    for refuse, field in ((refuse_held, "held_until"), (refuse_frozen, "frozen_until")):
        refuse(held(), LATE)
        with pytest.raises(Refused) as refused:
            refuse(held(**{field: LATE}), datetime(2026, 11, 29, tzinfo=UTC))
        assert "2026年11月30日 15:04以前" in refused.value.sentence("zh")
        assert "until 30 Nov 2026, 15:04" in refused.value.sentence("en")


def test_what_cannot_be_repaired_yet_is_refused_with_a_day_that_people_read() -> None:
    record = cast("RecordRow", {"rule": "traffic.no-licence", "occurred_on": "2026-11-01"})
    with pytest.raises(Refused) as refused:
        refuse_unrepairable(MOLI, record, date(2026, 11, 2), date(2026, 11, 3))
    assert not ISO.search(refused.value.sentence("zh") + refused.value.sentence("en"))
    assert re.search(r"最早可修复日：20\d\d年\d+月\d+日", refused.value.sentence("zh"))
