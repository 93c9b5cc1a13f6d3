"""Records as they arrive from reporting entities, and as the engine reads them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from scoring.catalogue import DataClass
from scoring.identity import InvalidIdentityError, adult_on, birth_date, parse_id_number
from scoring.rejections import RejectedRecordError, Rejection, sentence_of_number
from scoring.rounding import is_rounded, may_be_rounded
from scoring.scheme import Scheme
from scoring.written import UnclearDateError, read_date, unmarked

Fact = str | int | bool
_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?", re.ASCII)
_MOST_YUAN = 10**12
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_GARBLED = r"\ufffd"
"""What a decoding that failed leaves in place of characters."""
_LONGEST_FACT = 2000
_MOST_RESIDENTS = 100_000
_MOST_HEADS = 10_000
_SEALED = "sealed"
_LARGEST_FACT = 2**53 - 1
"""What JSON's readers everywhere hold exactly (RFC 8259, 6)."""


class Bar(StrEnum):
    """Why a record never counts, whatever its rule says: the person was a child, or the law seals it."""

    BEFORE_EIGHTEEN = "before_eighteen"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One piece of public credit information about one person, without saying whom.

    `id` is the source's own document number, unique within the source. `disputed`
    makes the record neutral; `barred` says why it never counts; `separate` that a person found it to be no twin of
    another body's record; `facts` may carry `cured_on` and `amount` (in yuan, as text) for a notice. The facts of what
    is sealed say `sealed` and nothing else.
    """

    id: str
    source: str
    rule: str
    data_class: DataClass
    occurred_on: date
    reported_on: date
    final: bool = True
    disputed: bool = False
    barred: Bar | None = None
    separate: bool = False
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


class RevocationReason(StrEnum):
    """Why a source takes a record back for good."""

    DECISION_REVOKED = "decision_revoked"
    ISSUED_IN_ERROR = "issued_in_error"
    WRONG_PERSON = "wrong_person"
    DUPLICATE = "duplicate"


def _number_as_read(written: object) -> object:
    return unmarked(written) if isinstance(written, str) else written


def _date_as_read(written: object) -> date:
    try:
        return read_date(written)
    except UnclearDateError as error:
        raise PydanticCustomError(error.code, "unclear") from None


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.\-][a-z0-9]+)*$", max_length=64)]
DocumentNumber = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, strip_whitespace=True, pattern=rf"^[^{_CONTROL}{_GARBLED}]+$"),
    BeforeValidator(_number_as_read),
]
Day = Annotated[date, BeforeValidator(_date_as_read)]
FactName = Annotated[str, StringConstraints(pattern=rf"^[^{_CONTROL}{_GARBLED}]{{1,64}}$")]
FactText = Annotated[str, StringConstraints(max_length=_LONGEST_FACT, pattern=rf"^[^\x00{_GARBLED}]*$")]
FactNumber = Annotated[int, Field(ge=-_LARGEST_FACT, le=_LARGEST_FACT)]
Facts = Annotated[dict[FactName, FactText | FactNumber | bool], Field(max_length=20)]
ResidentText = Annotated[str, StringConstraints(max_length=64)]


class WireRecord(BaseModel):
    """A record on the wire: one line of NDJSON or one row of a table (design contract)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: DocumentNumber
    resident: ResidentText
    source: Code
    rule: Code
    data_class: Annotated[DataClass, Field(alias="class")]
    occurred_on: Day
    reported_on: Day
    final: bool
    disputed: bool = False
    separate: bool = False
    facts: Facts = {}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A checked record together with the resident it is about."""

    resident: str
    record: Record


class Head(NamedTuple):
    """Of a record, what many of one delivery have in common, once it was checked."""

    source: str
    rule: str
    data_class: DataClass
    occurred_on: date
    reported_on: date
    final: bool
    disputed: bool
    separate: bool


class Known:
    """What one delivery has shown to be good, by how it was written: many residents and most heads come again."""

    def __init__(self) -> None:
        self.residents: dict[str, tuple[str, date]] = {}
        self.heads: dict[tuple[object, ...], Head] = {}

    def add(self, raw: Mapping[str, Any], head: Head, resident: tuple[str, date]) -> None:
        """Note a record that was accepted."""
        if len(self.residents) < _MOST_RESIDENTS:
            self.residents[raw["resident"]] = resident
        key = _head_key(raw)
        if key is not None and len(self.heads) < _MOST_HEADS:
            self.heads[key] = head


class _Tail(BaseModel):
    """Of a record, what is its own."""

    id: DocumentNumber
    resident: ResidentText
    facts: Facts


_FIELDS = 9
"""Of a record that says all but `disputed` and `separate`: those of a head, and of a tail."""


def read_delivery(
    raw: dict[str, Any], scheme: Scheme, *, on: date, rounded: bool = False, known: Known | None = None
) -> Delivery:
    """Check one delivered record against the register of sources and the rule catalogue.

    `rounded` says that the delivery shows numbers which a program rounded (`scoring.rounding`). `known` is of this
    delivery, this scheme and this day: what it has need not be checked again.

    Raises:
        RejectedRecordError: the record must not be stored; the rest of the delivery goes on.
    """
    found = None if known is None else _read_known(raw, known)
    if found is not None:
        return found
    try:
        wire = WireRecord.model_validate(raw)
    except ValidationError as error:
        raise _first_fault(error) from None
    resident = known.residents.get(wire.resident) if known else None
    if resident is None:
        number = _checked_resident(wire.resident, on, rounded)
        resident = number, adult_on(birth_date(number))
    head = Head(
        wire.source,
        wire.rule,
        wire.data_class,
        wire.occurred_on,
        wire.reported_on,
        wire.final,
        wire.disputed,
        wire.separate,
    )
    delivery = _delivery(wire.id, head, resident, wire.facts)
    check_record(delivery.record, scheme, on=on)
    if known is not None:
        known.add(raw, head, resident)
    return delivery


def _read_known(raw: dict[str, Any], known: Known) -> Delivery | None:
    """A record whose head and resident were good before; None where it has to be checked as a whole."""
    head = known.heads.get(_head_key(raw) or ())
    if head is None:
        return None
    try:
        tail = _Tail.model_validate(raw)
    except ValidationError:
        return None
    resident = known.residents.get(tail.resident)
    return None if resident is None else _delivery(tail.id, head, resident, tail.facts)


def _head_key(raw: Mapping[str, Any]) -> tuple[object, ...] | None:
    """A head as it was written; None where the record has other fields. 1, 1.0 and True are alike as keys."""
    if len(raw) != _FIELDS:
        return None
    try:
        occurred_on, reported_on, final = raw["occurred_on"], raw["reported_on"], raw["final"]
        types = type(occurred_on), type(reported_on), type(final)
        key = (raw["source"], raw["rule"], raw["class"], occurred_on, reported_on, final, types)
        hash(key)
    except (KeyError, TypeError):
        return None
    return key


def _delivery(number: str, head: Head, resident: tuple[str, date], facts: dict[str, Fact]) -> Delivery:
    facts = _checked_facts(facts)
    sealed = facts.get(_SEALED) is True
    person, adult = resident
    barred = Bar.SEALED if sealed else Bar.BEFORE_EIGHTEEN if head.occurred_on < adult else None
    record = Record(
        id=number,
        source=head.source,
        rule=head.rule,
        data_class=head.data_class,
        occurred_on=head.occurred_on,
        reported_on=head.reported_on,
        final=head.final,
        disputed=head.disputed,
        separate=head.separate,
        barred=barred,
        facts={_SEALED: True} if sealed else facts,
    )
    return Delivery(person, record)


def _checked_resident(written: str, on: date, rounded: bool) -> str:
    if is_rounded(written) or (rounded and may_be_rounded(written)):
        raise RejectedRecordError(Rejection.RESIDENT_INVALID, "resident_rounded", field="resident")
    try:
        return parse_id_number(written, on=on)
    except InvalidIdentityError as error:
        sentence, details = sentence_of_number(error)
        raise RejectedRecordError(Rejection.RESIDENT_INVALID, sentence, field="resident", **details) from None


class Numbers:
    """The document numbers of one delivery: each may come once, so that its order decides nothing."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def check(self, record: Record) -> None:
        """Note a record's number. Raises RejectedRecordError where it came before."""
        seen = self._seen[record.source]
        if record.id in seen:
            raise RejectedRecordError(Rejection.DUPLICATE_NUMBER, source=record.source, number=record.id)
        seen.add(record.id)


def check_record(record: Record, scheme: Scheme, *, on: date) -> None:
    """Raise RejectedRecordError where the record does not agree with the catalogue."""
    rule = scheme.rules_by_code.get(record.rule)
    if record.source not in scheme.sources_by_code:
        raise RejectedRecordError(Rejection.SOURCE_UNKNOWN, source=record.source)
    if rule is None:
        raise RejectedRecordError(Rejection.RULE_UNKNOWN, rule=record.rule)
    if record.source not in rule.sources:
        raise RejectedRecordError(Rejection.SOURCE_NOT_ALLOWED, source=record.source, rule=record.rule)
    if record.data_class is not rule.data_class:
        raise RejectedRecordError(Rejection.CLASS_WRONG, rule=record.rule, data_class=rule.data_class.value)
    if record.reported_on > on or record.occurred_on > on:
        raise RejectedRecordError(Rejection.DATE_IN_FUTURE)
    if record.reported_on < record.occurred_on:
        raise RejectedRecordError(Rejection.DATES_REVERSED)
    if scheme.terms_on(record.rule, record.occurred_on) is None:
        raise RejectedRecordError(Rejection.RULE_NOT_IN_FORCE, rule=record.rule, day=record.occurred_on.isoformat())


def _checked_facts(facts: dict[str, Fact]) -> dict[str, Fact]:
    """The facts with `cured_on` as an ISO date."""
    if not isinstance(facts.get(_SEALED, False), bool):
        raise RejectedRecordError(Rejection.MALFORMED, "fact_sealed")
    if "amount" in facts:
        try:
            read_amount(facts["amount"])
        except ValueError:
            raise RejectedRecordError(Rejection.MALFORMED, "fact_amount") from None
    if "cured_on" not in facts:
        return facts
    try:
        return {**facts, "cured_on": read_date(facts["cured_on"]).isoformat()}
    except UnclearDateError:
        raise RejectedRecordError(Rejection.MALFORMED, "fact_cured_on") from None


_SENTENCE_OF = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_type": "not_text",
    "string_too_short": "empty",
    "string_too_long": "too_long",
    "string_unicode": "bad_characters",
    "enum": "bad_class",
    "bool_type": "not_a_boolean",
    "bool_parsing": "not_a_boolean",
    "not_a_date": "not_a_date",
    "date_order": "date_order",
    "date_serial": "date_serial",
}
"""Sentences by pydantic's types of errors."""
_CODES = ("source", "rule")


def _first_fault(error: ValidationError) -> RejectedRecordError:
    fault = error.errors(include_url=False, include_input=False)[0]
    field = str(fault["loc"][0]) if fault["loc"] else "record"
    kind = fault["type"]
    if field == "facts":
        return RejectedRecordError(Rejection.MALFORMED, "facts_wrong")
    if kind == "string_pattern_mismatch":
        sentence = "bad_code" if field in _CODES else "bad_characters"
    else:
        sentence = _SENTENCE_OF.get(kind, "not_usable")
    most = fault.get("ctx", {}).get("max_length", 0)
    return RejectedRecordError(Rejection.MALFORMED, sentence, field=unmarked(field)[:40], most=most)
