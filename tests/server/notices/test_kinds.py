"""The catalogue of kinds is whole: each has its words, and each that is raised is in it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot import notices
from bot.phrases import catalogue
from server.notices.kinds import notice_kinds, wait_on
from tests.support.paths import ROOT

KINDS = notice_kinds().kinds
RAISED = re.compile(r'(?:notify|notify_each|_tell)\((?:[^()"]|\([^()]*\)|\["[a-z_]+"\])*?"([a-z]+_[a-z_]+)"')


def raised() -> set[str]:
    """The kinds that the server's sources raise."""
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "server").rglob("*.py"))
    return set(RAISED.findall(text))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_title_in_both_languages_and_words(kind: str) -> None:
    assert kind in notices.KINDS
    for language in ("zh", "en"):
        assert catalogue(language)[f"notice_title.{kind}"]


def test_the_bot_has_words_for_no_other_kind() -> None:
    assert set(notices.KINDS) == KINDS.keys()


def test_each_kind_that_is_raised_is_in_the_catalogue_and_each_of_the_catalogue_is_raised() -> None:
    assert raised() == {name for name, kind in KINDS.items() if not kind.gathers}


def test_what_the_law_wants_told_does_not_end_in_silence() -> None:
    for name, kind in KINDS.items():
        if kind.required and kind.owner == "citizen":
            assert "sms" in kind.then, name
        if not kind.required:
            assert not kind.then, name


def test_a_wait_that_the_law_sets_is_dated() -> None:
    assert wait_on(date(2026, 11, 23)).days == 3
    with pytest.raises(LookupError):
        wait_on(date(2017, 1, 1))
