"""Phrases: complete in both languages, with the same blanks."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import bot
import server
from bot.dialogs.flows import FLOWS
from bot.phrases import catalogue, day, phrase, points
from schema.types.enrolment import AccessAction
from schema.types.principal import Kind
from schema.types.score import AssessmentCause
from scoring.dated import Provenance
from scoring.disputes import Determination, DisputeReason, DisputeState
from scoring.statement import WithheldReason

SOURCES = "\n".join(p.read_text("utf-8") for p in Path(bot.__file__).parent.rglob("*.py"))


PHRASES = Path(bot.__file__).parent / "phrases"


def test_both_languages_have_the_same_phrases_with_the_same_blanks() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    assert zh.keys() == en.keys()
    for key in zh:
        assert set(re.findall(r"\{(\w+)\}", zh[key])) == set(re.findall(r"\{(\w+)\}", en[key])), key
        assert zh[key]
        assert en[key]


@pytest.mark.parametrize("path", sorted(PHRASES.glob("*.po")), ids=lambda path: path.stem)
def test_a_phrase_stands_once(path: Path) -> None:
    keys = Counter(re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE))
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_phrase_that_is_said_exists() -> None:
    said = set(re.findall(r'(?:say|words)\(\s*"([a-z_]+\.[a-z_]+)"', SOURCES))
    assert len(said) > 60
    assert said <= catalogue("zh").keys()


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("withheld.", WithheldReason),
        ("provenance.", Provenance),
        ("reason.", DisputeReason),
        ("state.", DisputeState),
        ("determination.", Determination),
    ],
)
def test_every_code_of_the_api_has_words(prefix: str, values: type) -> None:
    for value in values:  # type: ignore[attr-defined]
        assert phrase("zh", prefix + value.value)


def in_server(pattern: str) -> set[str]:
    """What the sources of the server say, such as the names of all actions."""
    return {
        name for p in Path(server.__file__).parent.rglob("*.py") for name in re.findall(pattern, p.read_text("utf-8"))
    }


@pytest.mark.parametrize(
    ("prefix", "names", "least"),
    [
        ("flow.", set(FLOWS), 18),
        ("role.", {kind.value for kind in Kind} - {Kind.ANONYMOUS.value}, 9),
        ("action.", {action.name.lower() for action in AccessAction}, 8),
        ("cause.", {cause.name.lower() for cause in AssessmentCause}, 5),
        ("notice_title.", in_server(r'(?:notify|_tell)\([^\n"]*"([a-z]+_[a-z]+)"'), 7),
    ],
)
def test_every_name_that_is_told_has_words(prefix: str, names: set[str], least: int) -> None:
    assert len(names) >= least
    assert {prefix + name for name in names} <= catalogue("zh").keys()


def test_no_phrase_blames_or_ranks() -> None:
    words = " ".join(catalogue("zh").values()) + " ".join(catalogue("en").values())
    assert not re.search("极差|较差|排名|超过了?\\d+%|poor|worse than|ranked", words)


def test_dates_and_points() -> None:
    assert day("zh", "2026-11-22") == "2026年11月22日"
    assert day("en", "2026-11-02") == "2 Nov 2026"
    assert [points(15), points(-10), points(0)] == ["+15", "−10", "0"]
