"""Delivered records with the digests that they are found and compared by, and the rows that they become."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson

from scoring.document_numbers import normal_number
from scoring.records import Delivery, Record
from server.platform.crypto.vault import Sealer, Vault
from server.records.model import ACTIVE, RecordRow, owner_of, was_decided

_ID_BYTES = 16
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


class Owner(NamedTuple):
    """Whose records are stored, and what seals them."""

    citizen: str
    sealer: Sealer


def rows_of(
    vault: Vault,
    papers: Sequence[Paper],
    documents: Sequence[bytes],
    owners: Mapping[str, Owner],
    reporter: str | None,
) -> list[RecordRow]:
    """New records; `documents` are the `person_document` of each, `owners` are by ID number."""
    ids = os.urandom(_ID_BYTES * len(papers)).hex()
    rows = []
    for place, (paper, document) in enumerate(zip(papers, documents, strict=True)):
        row = _row(vault, paper, document, owners[paper.resident], reporter)
        row["_id"] = ids[2 * _ID_BYTES * place : 2 * _ID_BYTES * (place + 1)]
        rows.append(row)
    return rows


def _row(vault: Vault, paper: Paper, document: bytes, owner: Owner, reporter: str | None) -> RecordRow:
    """As it is stored, without an id."""
    record = paper.record
    return {
        "_id": "",
        "citizen": owner.citizen,
        "source": record.source,
        "reporter": reporter,
        "document_index": document_index(vault, record.source, record.id),
        "number_index": paper.number_index,
        "person_document": document,
        "rule": record.rule,
        "class": record.data_class.value,
        "occurred_on": record.occurred_on.isoformat(),
        "reported_on": record.reported_on.isoformat(),
        "final": record.final,
        "cured_on": None if (cured_on := record.cured_on) is None else cured_on.isoformat(),
        "disputed": None,
        "barred": None if record.barred is None else record.barred.value,
        "status": ACTIVE,
        "version": 1,
        "content": paper.content,
        "sealed": owner.sealer.seal({"id": record.id, "facts": record.facts}),
    }
