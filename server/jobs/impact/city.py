"""The people to compare two versions over: a city's own, range by range, or made-up ones."""

from __future__ import annotations

import asyncio
from datetime import date
from random import Random

from scoring.city import columns_of
from scoring.impact import Comparison, Impact
from scoring.scheme import Scheme
from server.citizens.consents import computable
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.demo.records import RecordMaker
from server.jobs.rescore.columns import CHUNK, range_count, ranges, read_tables
from server.platform.db.columns import ColumnReader
from server.platform.kit.progress import Report


async def over_the_city(container: Container, old: Scheme, new: Scheme, as_of: date, report: Report) -> Impact:
    """Compare over all citizens whose score is computed; writes nothing. Raises ValueError where there is none."""
    comparison = Comparison(old, new, as_of)
    citizens = CitizenRepository(container.store)
    computed = computable(container.scheme, as_of)
    total = await citizens.count_taking_part(computed)
    everybody = await citizens.count()
    done = 0
    with ColumnReader(container.store) as reader:
        for part in ranges(range_count(everybody)):
            tables = await asyncio.to_thread(read_tables, reader, part, computed)
            comparison.add((tables.columns(old), tables.columns(new)), len(tables.enrolled))
            done += len(tables.enrolled)
            report("citizens", min(done, total), total)
    return comparison.impact()


def over_made_up_people(old: Scheme, new: Scheme, as_of: date, count: int, report: Report) -> Impact:
    """Compare over people as the demo makes them, with records of the old version's rules."""
    comparison = Comparison(old, new, as_of)
    maker = RecordMaker(old, Random(20180601), as_of)  # noqa: S311 - made-up people, not secrets
    for start in range(0, count, CHUNK):
        people = [(maker.someone(), frozenset[str]()) for _ in range(start, min(start + CHUNK, count))]
        comparison.add((columns_of(old, people), columns_of(new, people)), len(people))
        report("citizens", start + len(people), count)
    return comparison.impact()
