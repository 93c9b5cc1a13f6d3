"""What would be: the same engine on records that are not, or not yet, or no longer there.

Nothing here writes anything. The results are estimates of the rules as they stand, not promises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scoring.catalogue import DataClass, Rule
from scoring.engine import assess, term_of
from scoring.records import Record
from scoring.scheme import Scheme
from scoring.statement import Line, LineKind, Statement

Ref = tuple[str, str]
"""Source and document number of a record."""
MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Settle:
    """Pay an overdue bill."""

    record: Ref


@dataclass(frozen=True, slots=True)
class Annul:
    """A record is deleted or repaired."""

    record: Ref


@dataclass(frozen=True, slots=True)
class Add:
    """`count` more records of a rule, reported today."""

    rule: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens until a day."""

    until: date


Step = Settle | Annul | Add | Wait


@dataclass(frozen=True, slots=True)
class Path:
    """How a benefit comes within reach.

    `steps` is empty where it is open already and None where nothing a person can do within a year is enough;
    `by_waiting` is the first day on which it opens by itself, if there is one.
    """

    steps: tuple[Settle | Add, ...] | None
    by_waiting: date | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A day on which time alone moves the value, by how much, and the lines of records that begin and end then."""

    on: date
    points: int
    value: int
    began: tuple[Line, ...] = ()
    ended: tuple[Line, ...] = ()


def what_if(
    scheme: Scheme,
    records: Iterable[Record],
    as_of: date,
    steps: Iterable[Step],
    *,
    declined: frozenset[str] = frozenset(),
) -> Statement:
    """The statement if these steps had happened.

    Raises:
        ValueError: a step names a record that is not there, or a rule that no one can add to.
    """
    held = list(records)
    day = as_of
    for step in steps:
        held, day = _take(scheme, held, day, step)
    return assess(scheme, held, day, declined=declined)


def path_to(
    scheme: Scheme,
    records: Sequence[Record],
    as_of: date,
    benefit: str,
    *,
    declined: frozenset[str] = frozenset(),
) -> Path:
    """The fewest things a person can do for a benefit within a year, and the day it opens by waiting alone.

    Each step is the one that gives most, then steps that turned out not to be needed are dropped.
    Where a dimension lies below its floor, a step may give nothing by itself and is still taken.
    Raises ValueError for an unknown benefit.
    """
    if benefit not in scheme.benefits_by_code:
        raise ValueError(f"no benefit {benefit!r} in {scheme.id}")
    return Path(_fewest(scheme, records, as_of, benefit, declined), _waiting(scheme, records, as_of, benefit, declined))


@dataclass(frozen=True, slots=True)
class Option:
    """Something a person can do, and what it alone would give."""

    step: Settle | Add
    points: int


def options(
    scheme: Scheme, records: Sequence[Record], as_of: date, *, declined: frozenset[str] = frozenset()
) -> list[Option]:
    """Bills first, then what a person can do, then what others award; of each, what gives most first.

    What gives nothing today is left out, but for bills, which may count later.
    """
    value = assess(scheme, records, as_of, declined=declined).value
    found = [
        Option(step, what_if(scheme, records, as_of, [step], declined=declined).value - value)
        for step in _possible(scheme, records, as_of, declined)
    ]
    worth = [option for option in found if option.points > 0 or isinstance(option.step, Settle)]
    return sorted(worth, key=lambda option: (_rank(scheme, option.step), -option.points))


def _rank(scheme: Scheme, step: Settle | Add) -> int:
    if isinstance(step, Settle):
        return 0
    return 1 if scheme.city.yearly.get(step.rule, 1) else 2


def turns(
    scheme: Scheme, records: Sequence[Record], as_of: date, *, declined: frozenset[str] = frozenset()
) -> list[Turn]:
    """The expiry calendar: every later day on which time alone moves the value, in order."""
    found = []
    before = assess(scheme, records, as_of, declined=declined)
    for day in _days(scheme, records, as_of):
        after = assess(scheme, records, day, declined=declined)
        if after.value != before.value:
            was, will_be = _by_record(before), _by_record(after)
            began = tuple(line for ref, line in will_be.items() if ref not in was)
            ended = tuple(line for ref, line in was.items() if ref not in will_be)
            found.append(Turn(day, after.value - before.value, after.value, began, ended))
        before = after
    return found


def _by_record(statement: Statement) -> dict[tuple[str | None, str | None], Line]:
    """The lines of records that move the score."""
    return {(x.source, x.record): x for x in statement.lines if x.kind is LineKind.RECORD and x.points}


def _take(scheme: Scheme, held: list[Record], day: date, step: Step) -> tuple[list[Record], date]:
    if isinstance(step, Wait):
        return held, max(day, step.until)
    if isinstance(step, Add):
        return [*held, *_added(scheme, held, day, step)], day
    chosen = [r for r in held if (r.source, r.id) == step.record]
    if not chosen:
        raise ValueError(f"no record {step.record[1]!r} from {step.record[0]!r}")
    others = [r for r in held if r is not chosen[0]]
    if isinstance(step, Annul):
        return others, day
    if chosen[0].data_class is not DataClass.NOTICE:
        raise ValueError(f"record {step.record[1]!r} is no notice; only a notice can be settled")
    settled = replace(chosen[0], facts={**chosen[0].facts, "cured_on": day.isoformat()})
    return [*others, settled], day


def _added(scheme: Scheme, held: Sequence[Record], day: date, step: Add) -> Iterable[Record]:
    rule = scheme.rules_by_code.get(step.rule)
    if rule is None or not _can_be_earned(rule, day):
        raise ValueError(f"nobody can earn {step.rule!r} by doing something")
    first = 1 + sum(r.rule == step.rule for r in held)
    for n in range(first, first + step.count):
        yield Record(
            id=f"what-if-{n}",
            source=rule.sources[0],
            rule=rule.code,
            data_class=rule.data_class,
            occurred_on=day,
            reported_on=day,
        )


def _can_be_earned(rule: Rule, day: date) -> bool:
    points = rule.points_on(day)
    return rule.data_class is DataClass.POSITIVE and points is not None and points.value > 0


def _fewest(
    scheme: Scheme, records: Sequence[Record], as_of: date, benefit: str, declined: frozenset[str]
) -> tuple[Settle | Add, ...] | None:
    least = scheme.benefits_by_code[benefit].least_on(as_of)
    if least is None:
        return None
    held = list(records)
    taken = list[Settle | Add]()
    value = assess(scheme, held, as_of, declined=declined).value
    while value < least and len(taken) < MOST_STEPS:
        possible = _possible(scheme, held, as_of, declined | _used_up(scheme, taken))
        chosen = _best(scheme, held, as_of, declined, possible)
        if chosen is None:
            return None
        held, _ = _take(scheme, held, as_of, chosen)
        taken.append(chosen)
        value = assess(scheme, held, as_of, declined=declined).value
    if value < least:
        return None
    for step in list(taken):
        fewer = [s for s in taken if s is not step]
        if what_if(scheme, records, as_of, fewer, declined=declined).value >= least:
            taken = fewer
    return tuple(taken)


def _used_up(scheme: Scheme, taken: Sequence[Settle | Add]) -> frozenset[str]:
    """Rules that give nothing more within a year, or that others award."""
    added = Counter(step.rule for step in taken if isinstance(step, Add))
    return frozenset(rule.code for rule in scheme.rules if added[rule.code] >= scheme.city.yearly.get(rule.code, 1))


def _best(
    scheme: Scheme,
    held: Sequence[Record],
    as_of: date,
    declined: frozenset[str],
    possible: Iterable[Settle | Add],
) -> Settle | Add | None:
    """The step that gives most; where none gives anything, the one that lifts most below a floor."""
    before = assess(scheme, held, as_of, declined=declined)
    floored = {x.dimension for x in before.lines if x.kind is LineKind.DIMENSION_FLOOR}
    best: tuple[int, int] = (0, 0)
    chosen = None
    for step in possible:
        after = what_if(scheme, held, as_of, [step], declined=declined)
        lifted = _below(after, floored) - _below(before, floored)
        if (after.value - before.value, lifted) > best:
            best, chosen = (after.value - before.value, lifted), step
    return chosen


def _below(statement: Statement, floored: set[str | None]) -> int:
    """Points of the floored dimensions without what their floors gave back."""
    return sum(x.points for x in statement.lines if x.dimension in floored and x.kind is not LineKind.DIMENSION_FLOOR)


def _possible(scheme: Scheme, held: Iterable[Record], day: date, declined: frozenset[str]) -> Iterable[Settle | Add]:
    for record in held:
        if record.data_class is DataClass.NOTICE and record.cured_on is None and record.barred is None:
            yield Settle((record.source, record.id))
    for rule in scheme.rules:
        if _can_be_earned(rule, day) and rule.code not in declined:
            yield Add(rule.code)


def _waiting(
    scheme: Scheme, records: Sequence[Record], as_of: date, benefit: str, declined: frozenset[str]
) -> date | None:
    for day in (as_of, *_days(scheme, records, as_of)):
        statement = assess(scheme, records, day, declined=declined)
        if any(b.code == benefit and b.eligible for b in statement.benefits):
            return day
    return None


def _days(scheme: Scheme, records: Iterable[Record], as_of: date) -> list[date]:
    """Every later day on which a record starts or stops to count, or a dated value changes."""
    days: set[date] = set()
    for record in records:
        terms = scheme.terms_on(record.rule, record.occurred_on)
        if terms is not None:
            term = term_of(terms, record)
            days |= {record.reported_on, term.start, term.end}
            days |= {record.cured_on} if record.cured_on else set()
    days |= scheme.days_of_change
    return sorted(d for d in days if d > as_of)
