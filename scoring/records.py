"""Records as they arrive from reporting entities, and as the engine reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from scoring.catalogue import DataClass
from scoring.identity import InvalidIdentityError, parse_id_number
from scoring.scheme import Scheme

Fact = str | int | bool
_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?", re.ASCII)
_MOST_YUAN = 10**12
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_LONGEST_FACT = 2000
_LARGEST_FACT = 2**53 - 1
"""What JSON's readers everywhere hold exactly (RFC 8259, 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One piece of public credit information about one person, without saying whom.

    `id` is the source's own document number, unique within the source. `disputed`
    makes the record neutral; `facts` may carry `cured_on` and `amount` (in yuan, as text) for a notice.
    """

    id: str
    source: str
    rule: str
    data_class: DataClass
    occurred_on: date
    reported_on: date
    final: bool = True
    disputed: bool = False
    facts: dict[str, Fact] = field(default_factory=dict)

    @property
    def cured_on(self) -> date | None:
        """The day an overdue bill was settled, when the source reported one; None for what is no day."""
        try:
            return read_day(self.facts["cured_on"])
        except (KeyError, ValueError):
            return None

    @property
    def amount(self) -> Decimal | None:
        """What is to be paid, in yuan, where the source reported it; None for what is no amount."""
        try:
            return read_amount(self.facts["amount"])
        except (KeyError, ValueError):
            return None


def read_amount(written: object) -> Decimal:
    """An amount in yuan as it is written: "128.50", or 128. Raises ValueError."""
    if isinstance(written, int) and not isinstance(written, bool) and abs(written) < _MOST_YUAN:
        return Decimal(int(written))
    if not isinstance(written, str) or not _AMOUNT.fullmatch(written):
        raise ValueError("An amount in yuan is written as 128.50.")
    return Decimal(written)


def read_day(written: object) -> date:
    """A day as it is written: 2026-11-22. Raises ValueError."""
    if not isinstance(written, str):
        raise ValueError("A day is written as 2026-11-22.")
    return date.fromisoformat(written)


class Rejection(StrEnum):
    """Why a delivered record was not accepted."""

    MALFORMED = "malformed"
    RESIDENT_INVALID = "resident_invalid"
    RULE_UNKNOWN = "rule_unknown"
    SOURCE_UNKNOWN = "source_unknown"
    SOURCE_NOT_ALLOWED = "source_not_allowed"
    CLASS_WRONG = "class_wrong"
    DATE_IN_FUTURE = "date_in_future"
    DATES_REVERSED = "dates_reversed"
    RULE_NOT_IN_FORCE = "rule_not_in_force"
    DUPLICATE_NUMBER = "duplicate_number"


class RevocationReason(StrEnum):
    """Why a source takes a record back for good."""

    DECISION_REVOKED = "decision_revoked"
    ISSUED_IN_ERROR = "issued_in_error"
    WRONG_PERSON = "wrong_person"
    DUPLICATE = "duplicate"


class RejectedRecordError(ValueError):
    """A delivered record breaks a rule; `reason` names it and the text says what to do."""

    def __init__(self, reason: Rejection, text: str) -> None:
        super().__init__(text)
        self.reason = reason


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.\-][a-z0-9]+)*$", max_length=64)]
DocumentNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True, pattern=rf"^[^{_CONTROL}]+$")
]
FactName = Annotated[str, StringConstraints(pattern=rf"^[^{_CONTROL}]{{1,64}}$")]
FactText = Annotated[str, StringConstraints(max_length=_LONGEST_FACT, pattern=r"^[^\x00]*$")]
FactNumber = Annotated[int, Field(ge=-_LARGEST_FACT, le=_LARGEST_FACT)]


class WireRecord(BaseModel):
    """A record on the wire: one line of NDJSON or one row of CSV (design contract)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: DocumentNumber
    resident: Annotated[str, StringConstraints(max_length=64)]
    source: Code
    rule: Code
    data_class: Annotated[DataClass, Field(alias="class")]
    occurred_on: date
    reported_on: date
    final: bool
    disputed: bool = False
    facts: Annotated[dict[FactName, FactText | FactNumber | bool], Field(max_length=20)] = {}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A checked record together with the resident it is about."""

    resident: str
    record: Record


def read_delivery(raw: dict[str, Any], scheme: Scheme, *, on: date) -> Delivery:
    """Check one delivered record against the register of sources and the rule catalogue.

    Raises:
        RejectedRecordError: the record must not be stored; the rest of the delivery goes on.
    """
    try:
        wire = WireRecord.model_validate(raw)
    except ValidationError as error:
        raise RejectedRecordError(Rejection.MALFORMED, _first_fault(error)) from None
    try:
        resident = parse_id_number(wire.resident, on=on)
    except InvalidIdentityError as error:
        raise RejectedRecordError(
            Rejection.RESIDENT_INVALID, f"resident is not a valid ID number ({error.code})"
        ) from None
    record = Record(
        id=wire.id,
        source=wire.source,
        rule=wire.rule,
        data_class=wire.data_class,
        occurred_on=wire.occurred_on,
        reported_on=wire.reported_on,
        final=wire.final,
        disputed=wire.disputed,
        facts=wire.facts,
    )
    _check_facts(record)
    check_record(record, scheme, on=on)
    return Delivery(resident, record)


class Numbers:
    """The document numbers of one delivery: each may come once, so that its order decides nothing."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def check(self, record: Record) -> None:
        """Note a record's number. Raises RejectedRecordError where it came before."""
        if (record.source, record.id) in self._seen:
            text = f"number {record.id!r} of {record.source!r} comes twice in this delivery; send one of the two"
            raise RejectedRecordError(Rejection.DUPLICATE_NUMBER, text)
        self._seen.add((record.source, record.id))


def check_record(record: Record, scheme: Scheme, *, on: date) -> None:
    """Raise RejectedRecordError where the record does not agree with the catalogue."""
    rule = scheme.rules_by_code.get(record.rule)
    if record.source not in scheme.sources_by_code:
        raise RejectedRecordError(Rejection.SOURCE_UNKNOWN, f"{record.source!r} is not on the register")
    if rule is None:
        raise RejectedRecordError(Rejection.RULE_UNKNOWN, f"rule {record.rule!r} is not in the catalogue")
    if record.source not in rule.sources:
        raise RejectedRecordError(Rejection.SOURCE_NOT_ALLOWED, f"{record.source!r} may not report {record.rule!r}")
    if record.data_class is not rule.data_class:
        raise RejectedRecordError(Rejection.CLASS_WRONG, f"rule {record.rule!r} is of class {rule.data_class.value!r}")
    if record.reported_on > on or record.occurred_on > on:
        raise RejectedRecordError(Rejection.DATE_IN_FUTURE, "neither date may be in the future")
    if record.reported_on < record.occurred_on:
        raise RejectedRecordError(Rejection.DATES_REVERSED, "reported_on is before occurred_on")
    if scheme.terms_on(record.rule, record.occurred_on) is None:
        raise RejectedRecordError(
            Rejection.RULE_NOT_IN_FORCE, f"rule {record.rule!r} was not in force on {record.occurred_on}"
        )


def _check_facts(record: Record) -> None:
    if "cured_on" in record.facts:
        try:
            read_day(record.facts["cured_on"])
        except ValueError:
            raise RejectedRecordError(Rejection.MALFORMED, "facts.cured_on must be an ISO date") from None
    if "amount" in record.facts:
        try:
            read_amount(record.facts["amount"])
        except ValueError:
            text = "facts.amount must be yuan: 128 or 128.50 as text, below 1,000,000,000,000"
            raise RejectedRecordError(Rejection.MALFORMED, text) from None


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(p) for p in fault["loc"]) or "record"
    return f"{place}: {fault['msg']}"
