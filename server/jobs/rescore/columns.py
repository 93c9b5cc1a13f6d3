"""One range of a city as columns: who is enrolled, their records, and what is known of their scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scoring.city import NEVER, Columns, source_codes
from scoring.scheme import Scheme
from server.citizens.repository import CITIZENS, TAKING_PART
from server.platform.db import Query
from server.platform.db.columns import ColumnReader
from server.platform.kit.json import JsonObject
from server.records.model import ACTIVE
from server.records.repository import COLUMNS_INDEX, RECORDS
from server.scores.repository import ASSESSMENTS, STANDING_INDEX

_RECORD = {
    **dict.fromkeys(("citizen", "rule", "source", "occurred_on", "reported_on", "disputed", "cured_on"), pa.string()),
    "barred": pa.string(),
    **dict.fromkeys(("final", "separate"), pa.bool_()),
}


CHUNK = 10_000
"""Citizens in a range: with 20 records each, some 150 MB at a time."""


@dataclass(frozen=True, slots=True)
class Range:
    """Citizens by id, from `low` up to, not including, `high`; None: to the end."""

    low: str
    high: str | None

    def query(self, field: str) -> JsonObject:
        """What selects this range."""
        bounds = {"$gte": self.low} if self.high is None else {"$gte": self.low, "$lt": self.high}
        return {field: bounds}


@dataclass(frozen=True, slots=True)
class Known:
    """The current assessment of a citizen: its day and fingerprint."""

    as_of: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Tables:
    """A range as it is read: who is enrolled, and the active records of everybody in it."""

    enrolled: pa.Table
    records: pa.Table

    def columns(self, scheme: Scheme) -> Columns:
        """The enrolled citizens' records for a scheme; those of others are held, and count for nothing."""
        return _columns(scheme, self.enrolled, self.records)


@dataclass(frozen=True, slots=True)
class Part:
    """What a range holds. Citizens are numbered by their place in `citizens`."""

    citizens: list[str]
    columns: Columns
    known: Mapping[str, Known]


def range_count(citizens: int, chunk: int = CHUNK) -> int:
    """How many ranges hold so many citizens, at least one."""
    return max(1, -(-citizens // chunk))


def ranges(count: int) -> list[Range]:
    """The city in `count` ranges of much the same size; ids are random hexadecimal."""
    edges = [f"{n * 16**8 // count:08x}" for n in range(1, count)]
    return [Range(low, high) for low, high in zip(["", *edges], [*edges, None], strict=True)]


def read_tables(reader: ColumnReader, part: Range, agreed: Query | None = None) -> Tables:
    """Read a range's people and records; the records are answered from an index alone.

    `agreed` leaves out those whose score may not be computed.
    """
    people = {**part.query("_id"), **TAKING_PART, **(agreed or {})}
    enrolled = reader.read(CITIZENS, people, {"_id": pa.string(), "declined": _TEXTS})
    records = reader.read(RECORDS, {**part.query("citizen"), "status": ACTIVE}, _RECORD, COLUMNS_INDEX)
    return Tables(enrolled, records)


def read_part(reader: ColumnReader, scheme: Scheme, part: Range, agreed: Query | None = None) -> Part:
    """Read a range together with what is known of its scores; see `read_tables`."""
    tables = read_tables(reader, part, agreed)
    known = reader.read(
        ASSESSMENTS,
        {**part.query("citizen"), "current": True},
        dict.fromkeys(("citizen", "fingerprint", "as_of"), pa.string()),
        STANDING_INDEX,
    )
    return Part(
        citizens=tables.enrolled["_id"].to_pylist(),
        columns=tables.columns(scheme),
        known={
            citizen: Known(as_of, fingerprint or "")
            for citizen, fingerprint, as_of in zip(*(c.to_pylist() for c in known.columns), strict=True)
        },
    )


_TEXTS = pa.list_(pa.string())
Numbers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


def _columns(scheme: Scheme, enrolled: pa.Table, records: pa.Table) -> Columns:
    citizen = pc.index_in(records["citizen"], value_set=enrolled["_id"])
    mine = pc.is_valid(citizen)
    records = records.filter(mine)
    citizen = citizen.filter(mine)
    codes = pa.array([r.code for r in scheme.rules])
    rule = pc.fill_null(pc.index_in(records["rule"], value_set=codes), -1)
    numbers = _numpy(citizen)
    rules = _numpy(rule)
    return Columns(
        citizen=numbers,
        rule=rules,
        source=_numpy(pc.fill_null(pc.index_in(records["source"], value_set=pa.array(source_codes(scheme))), -1)),
        occurred_on=_days(records["occurred_on"]),
        reported_on=_days(records["reported_on"]),
        cured_on=_days(records["cured_on"]),
        final=records["final"].to_numpy(),
        disputed=pc.is_valid(records["disputed"]).to_numpy(),
        declined=_declined(scheme, enrolled, numbers, rules),
        barred=pc.is_valid(records["barred"]).to_numpy(),
        separate=pc.fill_null(records["separate"], False).to_numpy(),
    )


def _declined(scheme: Scheme, enrolled: pa.Table, citizen: Numbers, rule: Numbers) -> Flags:
    """Which records are of a rule that their citizen switched off."""
    index = {r.code: n for n, r in enumerate(scheme.rules)}
    width = len(index) + 1
    chosen = [
        number * width + index[code]
        for number, codes in enumerate(enrolled["declined"].to_pylist())
        for code in codes or ()
        if code in index
    ]
    return np.isin(citizen.astype(np.int64) * width + rule, np.array(chosen, dtype=np.int64))


def _days(column: pa.ChunkedArray) -> Numbers:
    """ISO dates as days since 1970; none is `NEVER`."""
    return _numpy(pc.fill_null(pc.cast(pc.cast(column, pa.date32()), pa.int32()), int(NEVER)))


def _numpy(column: pa.ChunkedArray) -> Numbers:
    numbers: Numbers = column.to_numpy().astype(np.int32, copy=False)
    return numbers
