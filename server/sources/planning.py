"""What becomes of each record of a batch, from what is stored already. Nothing here waits or writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue

from schema.types.delivery import RecordRefusal
from scoring.records import Bar, RevocationReason
from server.records.model import (
    ACTIVE,
    ANNULLED,
    AWAITING_CORRECTION,
    REPAIRED,
    RecordRow,
    later_version,
    owner_of,
    was_decided,
)


@dataclass(slots=True)
class Plan:
    """What to write. `held` are delivered versions that a person has to decide about, `released` the records of
    another person whose number is free again; `refusals` has the place of each record that was refused or is held."""

    stored: list[RecordRow] = field(default_factory=list)
    corrected: list[RecordRow] = field(default_factory=list)
    superseded: list[RecordRow] = field(default_factory=list)
    released: list[RecordRow] = field(default_factory=list)
    held: list[RecordRow] = field(default_factory=list)
    refusals: list[tuple[int, RecordRefusal]] = field(default_factory=list)
    unchanged: int = 0

    @property
    def sealed(self) -> list[RecordRow]:
        """The corrected records that are sealed now."""
        return [row for row in self.corrected if row["barred"] == Bar.SEALED.value]

    def reassessments(self, citizens: Collection[str]) -> dict[str, dict[str, JsonValue]]:
        """What the outbox has to know of each of some citizens whose records moved: which are new, which sealed now."""
        moved = [citizen for row in (*self.stored, *self.corrected) if (citizen := row["citizen"]) in citizens]
        found = {citizen: _Moved([], []) for citizen in moved}
        for row in self.stored:
            if row["citizen"] in found:
                found[row["citizen"]].arrived.append(row["_id"])
        for row in self.sealed:
            if row["citizen"] in found:
                found[row["citizen"]].sealed.append(row["_id"])
        return {
            citizen: {"citizen": citizen, "arrived": list(moved.arrived), "sealed": list(moved.sealed)}
            for citizen, moved in found.items()
        }


class _Moved(NamedTuple):
    """Records of a citizen."""

    arrived: list[str]
    sealed: list[str]


def plan(
    fresh: Sequence[RecordRow],
    known: Iterable[RecordRow],
    gone: Collection[bytes],
    decided: Collection[str] = frozenset(),
) -> Plan:
    """Decide about a batch. `gone` has the `person_document` of those that had ended before their citizen left.

    `decided` are the ids of those that are about an event which a person decided about.
    """
    found = _Known(known)
    made = Plan()
    for place, document in enumerate(fresh):
        own = found.own(document)
        if own is not None:
            _again(made, place, document, own)
            continue
        other = found.same_number(document)
        if other is not None and not _was_given_to_the_wrong_person(other):
            changeable = _may_change(document, other)
            refusal = RecordRefusal.OTHER_PERSON if changeable else RecordRefusal.OTHER_ENTITY
            made.refusals.append((place, refusal))
            continue
        if document["person_document"] in gone or document["_id"] in decided:
            _hold(made, place, document)
            continue
        made.stored.append(document)
        if other is not None:
            made.released.append(other)
    return made


class _Known:
    """Stored records by number, in any spelling."""

    def __init__(self, rows: Iterable[RecordRow]) -> None:
        self._own: dict[tuple[bytes, str], RecordRow] = {}
        self._exact: dict[tuple[str, bytes], RecordRow] = {}
        for row in rows:
            exact = bytes(row["document_index"])
            self._exact[(row["source"], exact)] = row
            if "number_index" in row:
                self._own[(bytes(row["number_index"]), row["citizen"])] = row

    def own(self, document: RecordRow) -> RecordRow | None:
        """The person's record of a document."""
        found = self._own.get((document["number_index"], document["citizen"]))
        if found is not None:
            return found
        exact = self.same_number(document)
        return exact if exact is not None and exact["citizen"] == document["citizen"] else None

    def same_number(self, document: RecordRow) -> RecordRow | None:
        """Anybody's record with the same number, written alike."""
        return self._exact.get((document["source"], document["document_index"]))


def _again(made: Plan, place: int, document: RecordRow, earlier: RecordRow) -> None:
    """A document that is stored: unchanged, corrected, held or refused."""
    same = earlier["content"] == document["content"]
    if not _may_change(document, earlier):
        made.refusals.append((place, RecordRefusal.OTHER_ENTITY))
    elif was_decided(earlier) and (same or earlier["status"] != AWAITING_CORRECTION):
        _hold(made, place, document)
    elif same and (earlier["status"] != ACTIVE or earlier["reported_on"] <= document["reported_on"]):
        made.unchanged += 1
    elif earlier["status"] in _ENDED:
        made.refusals.append((place, _ENDED[earlier["status"]]))
    else:
        made.superseded.append(earlier)
        made.corrected.append(later_version(document, earlier))


_ENDED = {ANNULLED: RecordRefusal.ANNULLED, REPAIRED: RecordRefusal.REPAIRED}


def _hold(made: Plan, place: int, document: RecordRow) -> None:
    made.held.append(document)
    made.refusals.append((place, RecordRefusal.HELD))


def _was_given_to_the_wrong_person(record: RecordRow) -> bool:
    return record["status"] == ANNULLED and record.get("ended") == RevocationReason.WRONG_PERSON.value


def _may_change(document: RecordRow, earlier: RecordRow) -> bool:
    """An entity changes its own records only; the platform, any."""
    return document["reporter"] in (None, owner_of(earlier))
