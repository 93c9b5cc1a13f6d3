"""Mutations of the audit chain, one at a time, and how many of them `egret audit verify` finds.

    python deploy/bench/audit_chain.py [--mutations 10000] [--seed 1]

The chains come from the real application, asked over HTTP in this process: citizens take passes, a partner redeems
them, records are disputed; three seals are made on the way, and some chains grow after the last. Each mutation is
written to the database, verified with the real verifier and taken back. Unique indexes are dropped before: whoever can
write can drop them. In the end the same is done with what no chain can show by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from schema.types.principal import Kind
from server.app import build_app
from server.container import Container, open_container
from server.platform.core import audit
from server.settings import Settings, demo_settings
from tests.faults.replica_set import ReplicaSet
from tests.faults.town import Town, api_key, fill
from tests.faults.work import ITEM, Acknowledged, Client, penalty
from tests.support import tampering
from tests.support.tampering import Chains, Edit

CITIZENS = 12
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")


async def build(made: Town, client: Client) -> None:
    """A few hundred links, a seal after each round, and a last round that no seal holds."""
    await fill(made, CITIZENS)
    for number in range(len(DAYS) + 1):
        for n in range(CITIZENS if number < len(DAYS) else CITIZENS // 2):
            await one_round(made, client, n)
        if number < len(DAYS):
            await audit.seal(made.container.store, DAYS[number], made.container.clock())


async def one_round(made: Town, client: Client, n: int) -> None:
    """What a citizen does, and what a partner does with the pass."""
    token = made.token(n)
    for off in (True, False):
        await client.ask("decline", token, i={"rule": ITEM, "declined": off})
    issued = await client.ask("issue", token, i={"benefit": made.container.scheme.benefits[0].code})
    await client.ask("redeem", api_key(Kind.PARTNER), i={"code": issued["code"]})
    number = f"P{n}-{secrets.token_hex(4)}"
    delivered = penalty(made, made.people[n].id_number, number)
    await client.ask("deliver", api_key(Kind.SOURCE), i={"records": [delivered]})
    edges = (await client.ask("records", token))["records"]["edges"]
    (record,) = (edge["node"]["id"] for edge in edges if edge["node"]["documentNumber"] == number)
    filed = await client.ask("open", token, i={"recordId": record, "reason": "NOT_MINE", "words": "不是我的"})
    await client.ask("withdraw", token, i={"id": filed["id"]})
    given = {"documentNumber": number, "revocationReason": "ISSUED_IN_ERROR"}
    await client.ask("revoke", api_key(Kind.SOURCE), i=given)


async def tried(container: Container, chains: Chains, edits: list[Edit]) -> bool:
    """Whether edits are found; they are taken back."""
    await tampering.apply(container.store, edits)
    try:
        return await tampering.found(container.store)
    finally:
        await tampering.apply(container.store, tampering.back(chains, edits))


async def mutate(container: Container, chains: Chains, count: int, chance: random.Random) -> int:
    """Print kinds with how often each was tried and found; how many were not found."""
    tries, finds, began = Counter[str](), Counter[str](), time.monotonic()
    for n in range(count):
        kind = chance.choice(list(tampering.KINDS))
        edits = tampering.draw(chains, kind, chance)
        tries[kind] += 1
        seen = await tried(container, chains, edits)
        finds[kind] += seen
        if not seen:
            print(f"not found: {kind}: {edits}")
        if n % 1000 == 999:
            print(f"{n + 1:,} after {time.monotonic() - began:.0f} s", flush=True)
    for kind in tampering.KINDS:
        print(f"{kind:>30}: {tries[kind]:6,} tried, {finds[kind]:6,} found")
    print(f"{'all':>30}: {count:6,} tried, {finds.total():6,} found")
    print(f"undetected: {count - finds.total()}")
    return count - finds.total()


async def beyond(container: Container, chains: Chains) -> None:
    """The end of a chain that no seal holds, cut off with the head set back: whole by itself, until the next seal."""
    tries = finds = 0
    for name, upto in chains.sealed().items():
        links = chains.chain(name)
        if len(links) == upto:
            continue
        head = {**chains.rows["audit_heads"][name], "seq": len(links) - 1, "hash": links[-2]["hash"]}
        finds += await tried(container, chains, [("audit", links[-1]["_id"], None), ("audit_heads", name, head)])
        tries += 1
    print(f"cut off where no seal holds it yet, head set back: {tries} tried, {finds} found (a chain cannot show it)")


async def main() -> int:
    """Print the raw figures; 1 where something was not found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        async with open_container(settings) as container:
            app = build_app(container)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://egret") as http:
                made = Town(container, ReplicaSet(), app.state.platform, [], [], ["http://egret"])
                await build(made, Client(made, Acknowledged(), http))
            for collection in ("audit", "audit_sealed"):
                await container.store.database[collection].drop_indexes()
            chains = await Chains.read(container.store)
            sizes = ", ".join(f"{len(rows):,} {collection}" for collection, rows in chains.rows.items())
            print(f"{sizes}; untouched, something is found: {await tampering.found(container.store)}")
            missed = await mutate(container, chains, given.mutations, random.Random(given.seed))  # noqa: S311
            await beyond(container, chains)
            print(f"afterwards, something is found: {await tampering.found(container.store)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
