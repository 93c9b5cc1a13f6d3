"""Reading deliveries from files: NDJSON or CSV, checked line by line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from schema.principal import Principal
from scoring.records import Delivery, Numbers, RejectedRecordError, read_delivery
from scoring.scheme import Scheme
from server.progress import Report
from server.records.deliver import Deliveries

BATCH = 500


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was not accepted; the rest goes on."""

    line: int
    reason: str
    text: str


@dataclass(slots=True)
class Imported:
    """What became of a file."""

    stored: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: int = 0
    rejects: list[Reject] = field(default_factory=list)


def read_file(path: Path, scheme: Scheme, *, on: date) -> Iterator[Delivery | Reject]:
    """Every line of a file as a delivery or a reject. Raises OSError where there is no file."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows: Iterable[Any] = csv.DictReader(file) if path.suffix == ".csv" else file
        first, numbers = 2 if path.suffix == ".csv" else 1, Numbers()
        for number, row in enumerate(rows, first):
            if isinstance(row, str) and not row.strip():
                continue
            try:
                raw = json.loads(row) if isinstance(row, str) else _from_csv(row)
                delivery = read_delivery(raw, scheme, on=on)
                numbers.check(delivery.record)
                yield delivery
            except RejectedRecordError as error:
                yield Reject(number, error.reason.value, str(error))
            except (ValueError, RecursionError) as error:
                yield Reject(number, "malformed", f"not a record: {type(error).__name__}")


def _from_csv(row: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if value not in (None, "")}
    if "facts" in values:
        values["facts"] = json.loads(values["facts"])
    return values


async def import_file(
    path: Path,
    scheme: Scheme,
    deliveries: Deliveries,
    by: Principal,
    *,
    on: date,
    report: Report,
) -> Imported:
    """Store a file batch by batch; each batch is one transaction and can be sent again."""
    lines = list(read_file(path, scheme, on=on))
    accepted = [line for line in lines if isinstance(line, Delivery)]
    result = Imported(rejects=[line for line in lines if isinstance(line, Reject)])
    for start in range(0, len(accepted), BATCH):
        delivered = await deliveries.deliver(by, accepted[start : start + BATCH])
        result.stored += delivered.stored
        result.corrected += delivered.corrected
        result.unchanged += delivered.unchanged
        result.refused += delivered.refused
        report("records", min(start + BATCH, len(accepted)), len(accepted))
    return result
