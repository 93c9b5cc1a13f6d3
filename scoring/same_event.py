"""The same event reported by two bodies counts once, until a person decides that it is two.

Records are of the same event when their rule (or the `event` that the catalogue gives to several rules) and the day are
the same and their sources are not. The source that reported first counts; of what is held against a person, the milder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from scoring.catalogue import DataClass
from scoring.records import Record
from scoring.scheme import Scheme
from scoring.statement import Line, Withheld, WithheldReason

AGAINST = frozenset({DataClass.ADVERSE, DataClass.NOTICE})
_STANDS = frozenset(
    {WithheldReason.DISPUTED, WithheldReason.CURED, WithheldReason.NOTICE_NOT_DUE, WithheldReason.OPTED_OUT}
)
"""A record that is withheld for one of these stands in the place of its twin all the same: a dispute of the one that
counted does not bring the other one up."""
Judged = Line | Withheld


def count_once(scheme: Scheme, records: Sequence[Record], judged: Sequence[Judged]) -> list[Judged]:
    """What was judged of each record, with all but one source of the same event withheld."""
    found = list(judged)
    events: dict[tuple[str, date], list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        if not record.separate and _takes_part(record, judged[place]):
            events[(event_of(scheme, record.rule), record.occurred_on)].append(place)
    for places in events.values():
        if len({records[place].source for place in places}) > 1:
            first = min(places, key=lambda place: _rank(scheme, records[place], judged[place]))
            for place in places:
                if records[place].source != records[first].source and _would_count(judged[place]):
                    found[place] = _twin(records[place])
    return found


def event_of(scheme: Scheme, rule: str) -> str:
    """What a rule is about: its own, or the same as other rules."""
    known = scheme.rules_by_code.get(rule)
    return rule if known is None or known.event is None else known.event


def _takes_part(record: Record, judged: Judged) -> bool:
    if isinstance(judged, Line):
        return True
    return judged.reason in _STANDS and record.final


def _rank(scheme: Scheme, record: Record, judged: Judged) -> tuple[int, date, str]:
    """The least counts."""
    harm = 0
    if record.data_class in AGAINST and not (isinstance(judged, Withheld) and judged.reason is WithheldReason.CURED):
        terms = scheme.terms_on(record.rule, record.occurred_on)
        harm = 0 if terms is None else -terms.points
    return harm, record.reported_on, record.source


def _would_count(judged: Judged) -> bool:
    return isinstance(judged, Line) or judged.reason is WithheldReason.NOTICE_NOT_DUE


def _twin(record: Record) -> Withheld:
    return Withheld(
        record=record.id,
        source=record.source,
        rule=record.rule,
        occurred_on=record.occurred_on,
        reason=WithheldReason.SAME_EVENT,
    )
