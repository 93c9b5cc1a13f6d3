"""Delivered records with the digests that they are found and compared by, before anything is sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from scoring.document_numbers import normal_number
from scoring.records import Delivery, Record
from server.platform.crypto.vault import Vault
from server.records.model import RecordRow, owner_of, was_decided

_NUMBER_BYTES = 16
"""Of the index that each new record adds to: 2**64 numbers before two are likely to be one."""


class Paper(NamedTuple):
    """A delivered record and its place in the batch, with its number in the normal spelling.

    `number_index` and `content` are as `RecordRow` has them; what else it has is worked out where something is stored.
    """

    place: int
    resident: str
    record: Record
    number: str
    number_index: bytes
    content: str


def papers_of(vault: Vault, batch: Sequence[Delivery]) -> list[Paper]:
    """Each document of a batch once: of two versions, in whatever spelling of the number, the later one."""
    latest: dict[tuple[str, str], int] = {}
    for place, delivery in enumerate(batch):
        latest[(delivery.record.source, delivery.record.id)] = place
    found: dict[tuple[str, bytes], Paper] = {}
    for place in sorted(latest.values()):
        paper = _paper(vault, place, batch[place])
        found[(paper.resident, paper.number_index)] = paper
    return list(found.values())


def _paper(vault: Vault, place: int, delivery: Delivery) -> Paper:
    record = delivery.record
    number = normal_number(record.id)
    index = number_index(vault, record.source, number)
    return Paper(
        place, delivery.resident, record, number, index, vault.blind_text("content", _content(delivery, number))
    )


def number_index(vault: Vault, source: str, number: str) -> bytes:
    """What a source's document is found by, from its number in the normal spelling."""
    return vault.blind(f"number:{source}", number)[:_NUMBER_BYTES]


def document_index(vault: Vault, source: str, number: str) -> bytes:
    """What a source's document is found by, from its number as it was written."""
    return vault.blind(f"document:{source}", number)


def person_document(vault: Vault, paper: Paper) -> bytes:
    """A digest of person, source and number."""
    return vault.blind("person document", f"{paper.resident}\0{paper.record.source}\0{paper.number}")


def _content(delivery: Delivery, number: str) -> str:
    """Whose document it is, and everything that two versions may differ in.

    Not when it was reported: the first report counts.
    """
    of = delivery.record
    all_of_it = (delivery.resident, of.source, number, of.rule, of.data_class, of.occurred_on, of.final, of.facts)
    printed: bytes = orjson.dumps(all_of_it, option=orjson.OPT_SORT_KEYS)
    return printed.decode()


def without_unchanged(papers: Iterable[Paper], stored: Iterable[RecordRow], reporter: str | None) -> list[Paper]:
    """Those of some papers that change something, or that somebody has to decide about."""
    found = {row["content"]: row for row in stored}
    return [paper for paper in papers if not _is_there(paper, found.get(paper.content), reporter)]


def _is_there(paper: Paper, row: RecordRow | None, reporter: str | None) -> bool:
    return (
        row is not None
        and row["reported_on"] <= paper.record.reported_on.isoformat()
        and not was_decided(row)
        and (reporter is None or reporter == owner_of(row))
    )
