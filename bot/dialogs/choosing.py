"""What a complaint can be about, as the API has it, and how people choose one of it, or a day."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Sequence
from datetime import date, timedelta

from bot.dialogs.flow import Ask, Data
from bot.dialogs.typed import decided, plain

_WRITTEN = re.compile(r"(?:([0-9]{4}) ?[年/.\-] ?)?([0-9]{1,2}) ?[月/.\-] ?([0-9]{1,2}) ?[日号]?")
_TODAY, _YESTERDAY = ("今天", "today"), ("昨天", "yesterday")


def reported_rules() -> Generator[Ask, Data, list[Data]]:
    """What people do themselves, and may miss: what each can switch off."""
    edges = (yield Ask("ComplaintChoices"))["scheme"]["rules"]["edges"]
    return [edge["node"] for edge in edges if edge["node"]["optional"]]


def sources_of(rule: str | None) -> Generator[Ask, Data, list[Data]]:
    """Who reports a rule; every source where it is none of them."""
    edges = (yield Ask("ComplaintChoices"))["scheme"]["rules"]["edges"]
    found = {
        source["code"]: source
        for edge in edges
        for source in edge["node"]["sources"]
        if rule is None or edge["node"]["code"] == rule
    }
    return list(found.values())


def all_benefits() -> Generator[Ask, Data, list[Data]]:
    edges = (yield Ask("ComplaintChoices"))["benefits"]["edges"]
    return [edge["node"] for edge in edges]


def chosen_of(said: str, labels: Sequence[str]) -> int | None:
    """Which of some choices was meant, by number or by name."""
    named = {plain(label): n for n, label in enumerate(labels, 1)}
    chosen = named.get(plain(said), decided(said))
    return chosen if chosen is not None and 1 <= chosen <= len(labels) else None


def numbered(rows: Sequence[str]) -> str:
    return "\n".join(f"{n}. {row}" for n, row in enumerate(rows, 1))


def typed_day(said: str, today: date) -> date | None:
    """A day as people type it: 今天, 昨天, 11月2日, 2026-11-02."""
    text = plain(said)
    if text in _TODAY:
        return today
    if text in _YESTERDAY:
        return today - timedelta(days=1)
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    with contextlib.suppress(ValueError):  # as 13月40日
        return date(int(found[1] or today.year), int(found[2]), int(found[3]))
    return None
