"""Raises notices for real, each about a person of its own: what `raisers` are made of.

The container's clock can be set back: what takes weeks began weeks ago, and what a day brings is brought by the job of
this day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from schema.types.dispute import Dispute
from schema.types.principal import OPERATOR, Caller, Contact, Kind, Principal
from scoring.disputes import DisputeReason
from scoring.identity import Identity
from scoring.records import Record
from server.citizens.consents import consent_document
from server.citizens.model import CitizenRow
from server.container import Container
from server.jobs.closings import part_of
from server.jobs.reminders import Reminders
from server.platform.db import Document
from server.platform.kit.clock import Clock, day_of
from tests.faults.town import person
from tests.support.disputes import PAGE
from tests.support.people import colleague, delivery, record

FIRST = 300
"""Of the made-up people those from here on are nobody's of the town."""
_PATIENCE = 60.0


class Behind:
    """A clock that can be set back by days."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.days = 0

    def __call__(self) -> datetime:
        return self._clock() - timedelta(days=self.days)


@dataclass(frozen=True)
class Someone:
    """A citizen with an account in the chat."""

    identity: Identity
    openid: str
    contact: Contact
    principal: Principal

    @property
    def caller(self) -> Caller:
        return Caller(self.principal)

    @property
    def on_a_page(self) -> Caller:
        return Caller(Principal(Kind.CITIZEN, self.principal.id))


@dataclass
class Raising:
    """What raises. `write` lets an account write to the bot, `settle` does what waits for a worker if there is none."""

    container: Container
    clock: Behind
    write: Callable[[str], Awaitable[None]]
    settle: Callable[[], Awaitable[None]]
    numbers: Iterator[int] = field(default_factory=lambda: count(FIRST))
    versions: list[str] = field(default_factory=list)
    """The version of the scheme that is ahead, once there is one."""

    @property
    def today(self) -> date:
        """By the clock that is not set back."""
        return day_of(self.clock() + timedelta(days=self.clock.days))

    def ago(self, days: int) -> str:
        """The day so many days before today, as records have it."""
        return (self.today - timedelta(days=days)).isoformat()

    def record(self, rule: str, days: int, **more: Any) -> Record:
        """A record of so many days ago, with a number of its own."""
        return record(rule, self.ago(days), f"K{next(self.numbers)}", **more)

    async def joined(self, *records: Record, days: int = 0, first: str = "") -> Someone:
        """Someone new whose records were known before, who joined so many days ago and has looked at the score.

        `first` is how their citizen's id begins.
        """
        n, container = next(self.numbers), self.container
        identity, openid = person(n), f"o-raised-{n}"
        self.clock.days = days
        contact = (await container.contacts.enter("wechat", openid)).contact
        await self.write(openid)
        row = await container.citizens.make(identity.id_number)
        row["_id"] = first + row["_id"][len(first) :]
        await container.store["citizens"].insert_one(row)
        if records:
            await container.deliveries.deliver(OPERATOR, delivery(identity, *records))
        joined = {"$set": await self._enrolment(row, identity, contact)}
        await container.store["citizens"].update_one({"_id": row["_id"]}, joined)
        principal = await container.citizens.principal_of(contact)
        await container.services.scores.current(principal)
        return Someone(identity, openid, contact, principal)

    async def _enrolment(self, row: CitizenRow, identity: Identity, contact: Contact) -> Document:
        now, container = self.container.clock(), self.container
        scheme = container.scheme
        told = {"name": identity.name, "id_number": identity.id_number, "phone": identity.phone}
        return {
            "sealed": await container.vault.seal(row["key"], told),
            "enrolment": {"scheme": scheme.id, "consent_version": scheme.consent.version, "enrolled_at": now},
            "consents": [consent_document(scheme.consent.version, scheme, now)],
            "contacts": [{"hash": contact.id, "channel": "wechat", "bound_at": now}],
            "notice_choices": {"off": [], "quiet": [0, 0], "digest": False},
        }

    async def deliver(self, someone: Someone, *records: Record) -> None:
        """Let sources report; a worker does what follows."""
        await self.container.deliveries.deliver(OPERATOR, delivery(someone.identity, *records))
        await self.settle()

    async def found(self, collection: str, query: Document) -> Any:
        """A row, as soon as a worker has brought it about. Raises TimeoutError."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                await self.settle()
                row = await self.container.store[collection].find_one(query)
                if row is not None:
                    return row
                await asyncio.sleep(0.2)

    async def hire(self, role: Kind) -> Caller:
        """Someone new at the desk."""
        n = next(self.numbers)
        account, index = f"{role.value}-{n}", self.container.citizens.id_index(colleague(n))
        staff = {"name": role.value, "role": role.value, "active": True, "id_index": index, "password_hash": ""}
        await self.container.store["staff"].insert_one({"_id": account, **staff})
        return Caller(Principal(role, account))

    async def filed(self, someone: Someone) -> Dispute:
        """A dispute of one of the person's records, filed on a page: in the chat the answer says so itself."""
        key = (await self.container.services.records.of_citizen(someone.principal, PAGE)).edges[0].node.key
        return await self.container.disputes.open(someone.on_a_page, key, DisputeReason.NOT_MINE, "不是我", [])

    async def round(self) -> None:
        """The daily round of today, as if nobody had gone it yet."""
        self.clock.days = 0
        await self.container.store["meta"].delete_many({"_id": {"$regex": "^reminders:"}})
        await Reminders(self.container).daily()

    def part(self) -> str:
        """How the ids begin of those whose benefits the round of today looks at."""
        return part_of(self.today)[0]
