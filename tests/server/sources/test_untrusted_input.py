"""Any single bad record, fact or field harms itself alone: whole deliveries and forms, made at random."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from schema.types.principal import Caller, Kind, Principal
from scoring.records import Record, read_delivery
from server.demo.entities import entities
from server.platform.db import Store
from server.sources.register import register_rows
from tests.support.people import MOLI, RECORDS, TODAY, wire
from tests.support.strategies import examples
from tests.support.world import World

POLICE = Principal(Kind.SOURCE, "traffic-police")
TEXT = st.text(max_size=40) | st.sampled_from(["\0", "a\0b", "$set", "a.b", "２０２６", "\u2028", "x" * 5000, "NaN"])
NUMBER = st.integers(-(2**80), 2**80) | st.sampled_from([2**31, 2**31 - 1, 2**53, 2**63, -(2**63) - 1, 10**12])
SCALAR = TEXT | NUMBER | st.booleans() | st.none() | st.floats(allow_nan=True)
JSON = st.recursive(SCALAR, lambda of: st.lists(of, max_size=3) | st.dictionaries(TEXT, of, max_size=3), max_leaves=6)
FACTS = st.dictionaries(st.sampled_from(["amount", "cured_on", "n", ""]) | TEXT, JSON, max_size=5)
DAYS = st.sampled_from(["2026-08-20", "2026-02-30", "0001-01-01", "9999-12-31", "20260820", "", "now", 20260820])


@st.composite
def deliveries(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A batch: honest records, each with something odd in one place."""
    batch = []
    for n in range(draw(st.integers(1, 5))):
        record = wire(id=f"R-{n}")
        field = draw(st.sampled_from([None, "facts", "facts", *record]))
        if field == "facts":
            record["facts"] = draw(FACTS | JSON)
        elif field in ("occurred_on", "reported_on"):
            record[field] = draw(DAYS)
        elif field is not None:
            record[field] = draw(JSON)
        batch.append(record)
    return batch


@pytest.mark.long
async def test_any_delivery_is_counted_and_the_list_of_records_goes_on(world: World) -> None:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    token = await world.bound_token()
    document = "{ me { records(first: 50) { edges { node { documentNumber amount points } } } score { value } } }"
    reports = world.container.services.reports
    for batch in examples(deliveries(), 150):
        report = await reports.deliver(Caller(POLICE), batch)
        counted = report.stored + report.corrected + report.unchanged + report.refused + len(report.rejects)
        assert counted == len(batch), (batch, report)
    await world.reassess()
    answer = await world.ask(document, token=token)
    assert "errors" not in answer
    assert len(answer["data"]["me"]["records"]["edges"]) > 3


ODD_FACTS: list[Any] = [{"amount": 2**31}, {"amount": "12.345"}, {"amount": []}, {"cured_on": "soon"}, {"n": None}]


@pytest.mark.parametrize("facts", ODD_FACTS)
async def test_a_fact_that_was_stored_before_and_cannot_be_read_takes_no_list(world: World, facts: Any) -> None:
    """As older data has it, or another program wrote it."""
    token = await world.bound_token()
    await set_facts(world.container.store, world, facts)
    answer = await world.ask("{ me { records { edges { node { amount } } } score { value } } }", token=token)
    assert "errors" not in answer
    assert len(answer["data"]["me"]["records"]["edges"]) == len(RECORDS)


async def set_facts(store: Store, world: World, facts: Any) -> None:
    row = await store["records"].find_one({})
    citizen = await store["citizens"].find_one({})
    assert row is not None
    assert citizen is not None
    content = await world.container.vault.open(row["sealed"])
    sealed = await world.container.vault.seal(citizen["key"], {**content, "facts": facts})
    await store["records"].update_one({"_id": row["_id"]}, {"$set": {"sealed": sealed}})


@hypothesis.given(deliveries())
def test_a_record_that_is_taken_can_be_read_again(batch: list[dict[str, Any]]) -> None:
    for raw in batch:
        try:
            record = read_delivery(raw, MOLI, on=TODAY).record
        except ValueError:
            continue
        assert isinstance(record, Record)
        assert record.amount is None or record.amount.is_finite()
        json.dumps(record.facts, allow_nan=False)
