"""50 records with 8 fields, the data in memory: a compiled query against stock Strawberry.

    python deploy/bench/plan.py [--passes 5]

The schema and the records are the real ones; only their service answers from memory. Stock is Strawberry as it comes,
and with its own caches of parsed and validated documents.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import date
from functools import partial
from typing import Any

import strawberry
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from schema.api.building import build_schema
from schema.api.context import Context
from schema.api.mutation import Mutation
from schema.api.query import Query
from schema.api.services import Services
from schema.api.subscription import Subscription
from schema.engine.execution import run
from schema.types.connection import Connection, connect_all, global_id
from schema.types.dispute import CreditRecord
from schema.types.errors import LocalText
from schema.types.principal import Caller, Kind, Principal
from schema.types.repair import RecordRepair
from schema.types.rule import Rule, Source
from schema.types.scalars import SCALARS
from scoring.repair import RepairRefusal
from scoring.scheme import load_scheme, scheme_ids

DOCUMENT = (
    "query Records { me { records(first: 50) { edges { node { id documentNumber occurredOn reportedOn final "
    "disputed points expiresOn } } } } }"
)


def repairability_of(key: str, source: Source, day: date) -> RecordRepair:
    """That a record is none to repair."""
    return RecordRepair(
        key=key,
        as_of=day,
        earliest=None,
        by=source,
        demand=LocalText.same("—"),
        answer_working_days=10,
        refusal=RepairRefusal.NOT_ADVERSE,
    )


def records() -> list[CreditRecord]:
    """Fifty."""
    scheme, day = load_scheme(scheme_ids()[0]), date(2026, 11, 2)
    rule = scheme.rules[0]
    return [
        CreditRecord(
            id=global_id("CreditRecord", str(n)),
            key=str(n),
            document_number=f"A-{n}",
            source=Source.of(scheme, rule.sources[0]),
            rule_of=partial(Rule.of, scheme, rule, day, day),
            occurred_on=day,
            reported_on=day,
            final=True,
            disputed=False,
            amount=None,
            points=10,
            withheld_reason=None,
            counts_from=day,
            expires_on=day,
            repair_of=partial(repairability_of, str(n), Source.of(scheme, rule.sources[0]), day),
        )
        for n in range(50)
    ]


class InMemory:
    """Implements `schema.api.services.Records` as far as it is asked."""

    def __init__(self) -> None:
        self._all = records()

    async def of_citizen(self, _by: Principal, page: Any) -> Connection[CreditRecord]:
        return connect_all(self._all, lambda r: r.key, page)


def context() -> Context:
    """A citizen, and nothing but records."""
    given: dict[str, Any] = {field.name: None for field in fields(Services)}
    return Context(Services(**{**given, "records": InMemory()}), Caller(Principal(Kind.CITIZEN, "c")))


async def measure(ask: Callable[[], Awaitable[Any]], count: int) -> float:
    """Microseconds each."""
    began = time.perf_counter()
    for _ in range(count):
        await ask()
    return (time.perf_counter() - began) / count * 1e6


async def main() -> None:
    """Print the medians, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=5)
    given, asked = parser.parse_args(), context()
    ours, config = build_schema(trusted={"": DOCUMENT}), StrawberryConfig(scalar_map=SCALARS)
    stock = strawberry.Schema(Query, Mutation, Subscription, config=config)
    caches = [lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)]
    cached = strawberry.Schema(Query, Mutation, Subscription, config=config, extensions=caches)
    ways: dict[str, Callable[[], Awaitable[Any]]] = {
        "compiled": lambda: run(ours, DOCUMENT, None, asked),
        "stock": lambda: stock.execute(DOCUMENT, context_value=asked),
        "stock with caches": lambda: cached.execute(DOCUMENT, context_value=asked),
    }
    answers = [(await ask()).data for ask in ways.values()]
    if not all(answer == answers[0] for answer in answers):
        raise RuntimeError("the answers differ")
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.passes):
        for name, ask in ways.items():
            taken[name].append(await measure(ask, 1000 if name == "compiled" else 100))
    base = statistics.median(taken["compiled"])
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"{name:>18}: {middle:7.0f} µs, {middle / base:5.1f} x   ({'; '.join(f'{t:.0f}' for t in times)})")


if __name__ == "__main__":
    asyncio.run(main())
