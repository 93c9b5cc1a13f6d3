"""A citizen with so much of everything, and the commands that a question costs."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest
import pytest_asyncio

from schema.engine.execution import run
from schema.types.check import CheckKind
from schema.types.connection import global_id
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import DisputeReason
from scoring.identity import Identity
from server.app import build_app
from server.citizens.consents import consent_document
from server.container import build_container
from server.container.collections import INDEXES
from server.platform.db import open_store, prepare
from server.platform.db import store as store_module
from server.settings import Settings
from server.settings.trusted_documents import manifest
from tests.conftest import SetClock
from tests.support.commands import Counter
from tests.support.paths import TABLES
from tests.support.people import YING, record
from tests.support.world import World

MOST: dict[str, dict[str, int]] = tomllib.loads((TABLES / "commands.toml").read_text("utf-8"))


QUERIES = {
    text.split("(")[0].split("{")[0].split()[1]: text for text in manifest().values() if text.startswith("query")
}


class Counted:
    """A citizen with so much of everything, and what each question costs."""

    def __init__(self, world: World, counter: Counter) -> None:
        self.world = world
        self.counter = counter
        self.principals: dict[str, Principal] = {}
        self.known: dict[str, str] = {}

    async def fill(self, first: int, last: int) -> None:
        """Records, disputes and passes with these numbers."""
        me, services = self.principals["citizen"], self.world.container.services
        for n in range(first, last):
            parking = record("traffic.illegal-parking", "2026-09-02", f"P{n}")
            await self.world.deliver(YING, parking, record("volunteering.hours", "2026-06-02", f"V{n}"))
            held = (
                await self.world.container.store["records"].find({"rule": parking.rule, "disputed": None}).to_list(None)
            )
            dispute = await services.disputes.open(Caller(me), held[0]["_id"], DisputeReason.NOT_MINE, "不是我的车", [])
            await services.disputes.withdraw(Caller(me), dispute.key)
            again = await services.disputes.open(Caller(me), held[0]["_id"], DisputeReason.NOT_MINE, "不是我的车", [])
            words = "罚款已缴，回执 0012"
            applied = await services.repairs.apply(Caller(me), held[0]["_id"], date(2026, 11, 10), words, [])
            issued = await services.benefits.issue_pass(Caller(me), "library.deposit-free")
            await self._ask_desk(f"陈小{n}")
            self.known = {
                "record": global_id("CreditRecord", held[0]["_id"]),
                "dispute": global_id("Dispute", again.key),
                "case": global_id("Case", again.key),
                "pass": issued.id,
                "repair": applied.id,
                "repair_case": global_id("RepairCase", applied.key),
            }
            self.world.clock.advance(hours=1)

    async def _ask_desk(self, name: str) -> None:
        """A question about the citizen, from another account."""
        contact = (await self.world.container.contacts.enter("wechat", name)).contact
        asking = Identity(name, YING.id_number, YING.phone)
        caller, kind = Caller(Principal(contact=contact)), CheckKind.NAME_CHANGED
        await self.world.container.checks.ask_for(caller, kind, name, asking, of_citizen=True)

    async def commands(self, name: str) -> list[str]:
        """What one question sends, asked again so that nothing is there for the first time."""
        container = self.world.container
        by = self.principals[next(part for part, numbers in MOST.items() if name in numbers)]
        for _ in range(2):
            self.counter.sent.clear()
            answer = await run(container.schema, QUERIES[name], self.variables(name), container.context(Caller(by)))
            codes = [(error.extensions or {}).get("code") for error in answer.errors]
            assert codes == (["NOT_DECIDED"] if name == "Letter" else []), name
        return list(self.counter.sent)

    def variables(self, name: str) -> dict[str, Any]:
        on_desk = name in MOST["desk"]
        given: dict[str, Any] = {"id": self.known["case"] if on_desk else self.known["dispute"]}
        if name == "Impact":
            given["id"] = global_id("ImpactReport", "none")
        if name in ("MyRecord", "MyRecordWithoutScore"):
            given["id"] = self.known["record"]
        if name == "RepairEffect":
            given["id"] = self.known["record"]
        if name == "MyRepair":
            given["id"] = self.known["repair"]
        if name == "RepairCase":
            given["id"] = self.known["repair_case"]
        if name == "MyPass":
            given["id"] = self.known["pass"]
        step = [{"earn": "volunteering.hours"}]
        given |= {"first": 50, "part": "OPEN"}
        return {
            **given,
            "closed": False,
            "by": "OTHERS",
            "box": "0" * 32,
            "benefit": "library.deposit-free",
            "steps": step,
            "text": "D-2026",
            "number": "D-2026-000001",
            "checkCode": "AAAA-AAAA-AAAA-AAAA",
        }


@pytest_asyncio.fixture
async def counted(
    mongodb_uri: str, settings: Settings, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counted]:
    counter = Counter()
    for name in ("_OPTIONS", "_QUICK_OPTIONS"):
        monkeypatch.setattr(store_module, name, {**getattr(store_module, name), "event_listeners": [counter]})
    store = open_store(mongodb_uri, "commands", "motor")
    await prepare(store, INDEXES)
    async with httpx.AsyncClient(base_url=settings.base_url) as http:
        container = build_container(settings, store, http, clock)
        made = Counted(World(container, build_app(container), http, clock), counter)
        await _people(made)
        yield made
        await container.updates.close()
        await container.vault.close()
    await store.drop()
    await store.close()


async def _people(made: Counted) -> None:
    container = made.world.container
    good = [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (3, 4, 5, 6)]
    good += [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (3, 4, 5, 6)]
    await made.world.deliver(YING, *good)
    contact = (await container.contacts.enter("wechat", "o-test")).contact
    row = await container.store["citizens"].find_one({})
    assert row is not None
    now, consent = container.clock(), container.scheme.consent.version
    given = consent_document(consent, container.scheme, now)
    enrolled = {"scheme": container.scheme.id, "consent_version": consent, "enrolled_at": now}
    person = {"name": YING.name, "id_number": YING.id_number, "phone": YING.phone}
    values = {
        "enrolment": enrolled,
        "consents": [given],
        "contacts": [{"hash": contact.id, "channel": "wechat", "bound_at": now}],
        "sealed": await container.vault.seal(row["key"], person),
    }
    await container.store["citizens"].update_one({"_id": row["_id"]}, {"$set": values})
    made.principals["citizen"] = Principal(Kind.CITIZEN, row["_id"], contact)
    made.principals["desk"] = await made.world.hire("agent", Kind.AGENT)
    made.principals["steward"] = await made.world.hire("steward", Kind.STEWARD)
    made.principals["auditor"] = await made.world.hire("auditor", Kind.AUDITOR)
