"""Seeding the synthetic city through the same services that serve it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import Any

from schema.types.principal import OPERATOR, Caller, Kind, Principal
from scoring.identity import Identity
from scoring.records import Delivery, Record
from server.auth.api_keys import key_row
from server.auth.repository import api_key_rows
from server.auth.staff.accounts import PASSWORDS
from server.auth.staff.model import StaffRow
from server.auth.staff.repository import StaffRepository
from server.citizens.consents import consent_document
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.container.collections import INDEXES
from server.demo.entities import entities
from server.demo.objections import OBJECTIONS, complaints
from server.demo.people import colleague, developer_openid, residents
from server.demo.records import RecordMaker
from server.platform.db import prepare
from server.platform.db.layout import META
from server.platform.kit.clock import day_of
from server.platform.kit.progress import Report
from server.sources.register import register_rows
from server.sources.repository import SourceRepository

SEED = 20180601
LAYOUT = 8
"""Raised when stored documents change their shape: an older demo city is made again."""
STAFF = (
    (Kind.AGENT.value, "异议专员"),
    (Kind.APPROVER.value, "异议复核员"),
    (Kind.STEWARD.value, "制度管理员"),
    (Kind.AUDITOR.value, "审计员"),
)
ENROLLED_SHARE = 5
DISPUTES = 12
_BATCH = 100
_PEOPLE_AT_ONCE = 500


async def is_seeded(container: Container) -> bool:
    """Whether this database holds the whole demo city, as this version lays it out."""
    return await container.store[META].find_one({"_id": "demo", "done": True, "layout": LAYOUT}) is not None


async def seed_city(
    container: Container, count: int, secrets: dict[str, str], progress: Report, disputes: int = DISPUTES
) -> None:
    """Make the city from nothing; what an interrupted run left behind is dropped first."""
    await container.store.drop()
    await prepare(container.store, INDEXES)
    random = Random(f"{SEED}-{container.scheme.id}")  # noqa: S311 - made-up people, not secrets
    today = day_of(container.clock())
    people = list(residents(container.scheme.city.demo.region, count, random, today))
    maker = RecordMaker(container.scheme, random, today)
    records = [maker.ready(n) if n < 3 else maker.someone() for n in range(len(people))]
    enrolled = range(3, len(people), ENROLLED_SHARE)
    for first in enrolled[:1]:  # whom developers ask about first: somebody with a history
        records[first] = max((maker.someone() for _ in range(9)), key=len)
    await _staff_and_partners(container, secrets)
    await container.register.enter(people, container.clock())
    await _citizens(container, people, set(enrolled), progress)
    await _deliver(container, people, records, progress)
    await _disputes(container, [people[n] for n in enrolled], disputes, progress)
    await container.store[META].update_one(
        {"_id": "demo"}, {"$set": {"done": True, "layout": LAYOUT, "residents": count}}, upsert=True
    )


async def _staff_and_partners(container: Container, secrets: dict[str, str]) -> None:
    region = container.scheme.city.demo.region
    staff: list[StaffRow] = [
        {
            "_id": account,
            "name": name,
            "role": account,
            "password_hash": PASSWORDS.hash(secrets[f"{account}_password"]),
            "active": True,
            "id_index": container.citizens.id_index(colleague(region, n)),
        }
        for n, (account, name) in enumerate(STAFF)
    ]
    await StaffRepository(container.store).insert(*staff)
    partners = sorted({b.partner for b in container.scheme.benefits})
    register = register_rows(container.scheme, entities(container.scheme))
    keys = [key_row(Kind.PARTNER, partner, partner_key(secrets, partner)) for partner in partners]
    keys += [key_row(Kind.SOURCE, row["_id"], source_key(secrets, row["_id"])) for row in register]
    await api_key_rows(container.store).insert_many(keys)
    await SourceRepository(container.store).insert(register)


def source_key(secrets: Mapping[str, str], source: str) -> str:
    """The demo's API key of a reporting entity."""
    return f"{secrets['partner_key']}_source_{source}"


def partner_key(secrets: Mapping[str, str], partner: str) -> str:
    """The demo's API key of a partner."""
    return f"{secrets['partner_key']}_{partner}"


async def _citizens(container: Container, people: Sequence[Identity], enrolled: set[int], progress: Report) -> None:
    citizens = CitizenRepository(container.store)
    places = {n: place for place, n in enumerate(sorted(enrolled), 1)}
    done = 0
    for chunk in _chunks(list(enumerate(people)), _PEOPLE_AT_ONCE):
        made = await asyncio.gather(*(_citizen(container, p, places.get(n)) for n, p in chunk))
        await citizens.insert_many(made, ordered=False)
        done += len(chunk)
        progress("居民 residents", done, len(people))


async def _citizen(container: Container, person: Identity, place: int | None) -> CitizenRow:
    """A resident; with a place among those who take part, bound to the mini-program of `developer_openid(place)`."""
    citizen = await container.citizens.make(person.id_number)
    if place is None:
        return citizen
    now = container.clock()
    version = container.scheme.consent.version
    names = {"name": person.name, "id_number": person.id_number, "phone": person.phone}
    contact = container.contacts.id_of("mini", developer_openid(place))
    indexes = container.citizens.search_indexes(person.name, person.id_number)
    citizen["name_index"] = indexes["name_index"]
    citizen["masked_index"] = indexes["masked_index"]
    citizen["sealed"] = await container.vault.seal(citizen["key"], names)
    citizen["contacts"] = [{"hash": contact, "channel": "mini", "bound_at": now}]
    citizen["enrolment"] = {"scheme": container.scheme.id, "consent_version": version, "enrolled_at": now}
    citizen["consents"] = [consent_document(version, container.scheme, now)]
    return citizen


async def _deliver(
    container: Container, people: Sequence[Identity], records: Sequence[list[Record]], progress: Report
) -> None:
    total = sum(len(r) for r in records)
    done = 0
    for chunk in _chunks(list(zip(people, records, strict=True)), _BATCH):
        batch = [Delivery(person.id_number, record) for person, own in chunk for record in own]
        if batch:
            await container.deliveries.deliver(OPERATOR, batch)
        done += len(batch)
        progress("记录 records", done, total)


async def _disputes(container: Container, people: Sequence[Identity], most: int, progress: Report) -> None:
    """Disputes about records; every third of those people also says what is about no record."""
    filed = 0
    for person in people:
        if filed == most:
            break
        found = await container.citizens.find(person.id_number)
        if found is None:
            continue
        principal = Principal(Kind.CITIZEN, found["_id"])
        score = await container.services.scores.current(principal)
        line = next((x for x in score.parts.lines() if x.record_key and x.points < 0), None)
        if line is None or line.record_key is None:
            continue
        reason, words = OBJECTIONS[filed % len(OBJECTIONS)]
        await container.disputes.open(Caller(principal), line.record_key, reason, words, [])
        if filed % 3 == 0:
            complaint, said = complaints(container.scheme, day_of(container.clock()))[filed // 3 % 4]
            await container.disputes.complain(Caller(principal), complaint, said, [])
        filed += 1
        progress("异议 disputes", filed, most)


def _chunks(items: Sequence[object], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
