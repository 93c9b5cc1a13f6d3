"""Made-up people and records for tests. No one here exists."""

from __future__ import annotations

from datetime import date
from typing import Any

from scoring.identity import Identity, check_character
from scoring.records import Delivery, Record
from scoring.scheme import load_scheme

MOLI = load_scheme("fuzhou-moli")
BAILU = load_scheme("xiamen-bailu")
TODAY = date(2026, 11, 23)


def id_number(born: str = "19900101", sequence: int = 1, region: str = "350199") -> str:
    """A made-up ID number with a correct check character."""
    first = f"{region}{born}{sequence:03d}"
    return first + check_character(first)


def colleague(n: int) -> str:
    """The ID number of the n-th person who works at the desk; no one else here was born on such a day."""
    return id_number(f"{1950 + n // 999 % 20}0401", n % 999 + 1)


YING = Identity("陈小萤", id_number(), "13900005678")
FAN = Identity("林一帆", id_number("19980615"), "13900001234")


def record(rule_code: str, day: str, number: str = "1", **values: Any) -> Record:
    """A record of a rule in the Moli scheme."""
    known = MOLI.rules_by_code[rule_code]
    reported = date.fromisoformat(day)
    defaults: dict[str, Any] = {
        "id": number,
        "source": known.sources[0],
        "rule": rule_code,
        "data_class": known.data_class,
        "occurred_on": reported,
        "reported_on": reported,
    }
    return Record(**{**defaults, **values})


def delivery(person: Identity, *records: Record) -> list[Delivery]:
    """The records as a delivery about one person."""
    return [Delivery(person.id_number, r) for r in records]


def wire(rule_code: str = "traffic.illegal-parking", **values: Any) -> dict[str, Any]:
    """A record on the wire."""
    known = MOLI.rules_by_code[rule_code]
    return {
        "id": "A-1",
        "resident": YING.id_number,
        "source": known.sources[0],
        "rule": rule_code,
        "class": known.data_class.value,
        "occurred_on": "2026-08-20",
        "reported_on": "2026-09-02",
        "final": True,
        **values,
    }


def record_input(rule_code: str = "traffic.illegal-parking", **values: Any) -> dict[str, Any]:
    """A record as `deliverRecords` takes it."""
    sent = wire(rule_code)
    return {
        "documentNumber": sent["id"],
        "resident": sent["resident"],
        "source": sent["source"],
        "rule": sent["rule"],
        "dataClass": sent["class"].upper(),
        "occurredOn": sent["occurred_on"],
        "reportedOn": sent["reported_on"],
        "final": sent["final"],
        **values,
    }


RECORDS = (
    *(record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)),
    *(record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)),
    record("traffic.illegal-parking", "2026-09-02", "T1"),
    record("utility.power-overdue", "2026-11-10", "N1"),
)
"""Of someone with a good score: six good ones, a penalty, and one that does not count yet."""
