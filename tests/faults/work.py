"""Work through every mutation while things fail: citizens, the desk, a source, a partner; each tries until answered.

A client sends a mutation again with the same idempotency key after any 5xx, cut connection or time-out, to whichever
server answers. What was acknowledged is kept, for `invariants`.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from schema.types.principal import Kind
from server.web.simulator.platform import message_xml
from tests.faults.town import Town, api_key, openid

PATIENCE = 60.0
RECOVERY_SECONDS = 45.0
"""For how long anybody may have to try, on any machine; how long they do is measured by `deploy/bench/kills.py`.

What a dead server had locked, MongoDB frees within 12 s.
"""
ITEM = "volunteering.hours"


def change(name: str, asked: str) -> str:
    """The document of a mutation with an input. `entity: FIELD {...}` is what is looked at of its payload."""
    kind = name[0].upper() + name[1:]
    return f"""mutation($i: {kind}Input!) {{ {name}(input: $i) {{
        ... on {kind}Success {{ {asked} }} ... on Refusal {{ refusalCode }} }} }}"""


DOCUMENTS = {
    "decline": change("declineItem", "entity: optionalItem { declined }"),
    "issue": change("issuePass", "entity: pass { id code }"),
    "redeem": change("redeemPass", "valid"),
    "records": "{ me { records(first: 50) { edges { node { id disputed points documentNumber } } } } }",
    "open": change("openDispute", "entity: dispute { id number }"),
    "withdraw": change("withdrawDispute", "entity: dispute { id state }"),
    "supply": change("supplyDispute", "entity: dispute { id state }"),
    "appeal": change("appealDispute", "entity: dispute { id }"),
    "queue": "{ cases(part: OPEN, first: 50) { edges { node { id revision heldByMe dispute { state } } } } }",
    "claim": change("claimCase", "entity: case { revision }"),
    "ask": change("askCitizen", "entity: case { revision }"),
    "note": change("addNote", "entity: case { revision }"),
    "decide": change("decideCase", "entity: case { revision }"),
    "proposal": "query($id: ID!) { case(id: $id) { revision proposal { determination } } }",
    "approve": change("approveCase", "entity: case { revision }"),
    "return": change("returnCase", "entity: case { revision }"),
    "deliver": change("deliverRecords", "entity: report { stored corrected unchanged refused rejects { rejection } }"),
    "revoke": change("revokeRecord", "changed"),
    "sign in": change("signIn", "entity: session { token }"),
}


def looked_at(content: Any) -> Any:
    """The value of the one root field: of a mutation its entity, or the refusal."""
    (value,) = content["data"].values()
    return value.get("entity", value) if isinstance(value, dict) else value


class NotAnsweredError(Exception):
    """No one answered for a minute: the town did not recover."""


@dataclass
class Acknowledged:
    """What clients were told, and for how long they had to try."""

    passes: set[str] = field(default_factory=set)
    redeemed: set[str] = field(default_factory=set)
    disputes: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)
    declined: dict[int, bool] = field(default_factory=dict)
    notes: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    tries: Counter[str] = field(default_factory=Counter)


class Client:
    """Asks until it is answered."""

    def __init__(self, made: Town, acknowledged: Acknowledged, http: httpx.AsyncClient) -> None:
        self._town = made
        self._http = http
        self.acknowledged = acknowledged

    async def ask(self, what: str, token: str, **variables: Any) -> Any:
        """The value of the one root field. Raises NotAnsweredError."""
        key, began = secrets.token_hex(12), time.monotonic()
        body = {"query": DOCUMENTS[what], "variables": variables}
        headers = {"idempotency-key": key} | ({"authorization": f"Bearer {token}"} if token else {})
        while time.monotonic() - began < PATIENCE:
            base = random.choice(self._town.bases)
            try:
                answer = await self._http.post(f"{base}/graphql", json=body, headers=headers)
                if answer.status_code < 500 and not _to_try_again(content := answer.json()):
                    self.acknowledged.longest = max(self.acknowledged.longest, time.monotonic() - began)
                    return self._counted(what, content)
                self.acknowledged.tries[str(answer.status_code)] += 1
            except httpx.TransportError as error:
                self.acknowledged.tries[type(error).__name__] += 1
            await asyncio.sleep(0.2)
        raise NotAnsweredError(what, dict(self.acknowledged.tries))

    def _counted(self, what: str, content: Any) -> Any:
        errors = content.get("errors")
        if errors:
            raise AssertionError((what, errors))
        value = looked_at(content)
        refused = isinstance(value, dict) and "refusalCode" in value
        self.acknowledged.counts[f"{what}: {value['refusalCode']}" if refused else what] += 1
        return value


def _to_try_again(content: Any) -> bool:
    codes = {error.get("extensions", {}).get("code") for error in content.get("errors") or ()}
    return bool(codes & {"INTERNAL", "TOO_SLOW"})


SWITCHES_EACH = 10
PASSES_EACH = 5
"""In turns of a citizen: fewer than anybody may do in a day (`server.platform.core.unit_of_work.A_DAY`)."""


async def citizen(client: Client, made: Town, n: int, until: asyncio.Event) -> None:
    """Switches an item off and on, takes passes, disputes, withdraws, supplies and appeals."""
    token, kept = made.token(n), client.acknowledged
    benefit = made.container.scheme.benefits[0].code
    tried = set[str]()
    for turn in count():
        if until.is_set():
            return
        if turn % SWITCHES_EACH == 0:
            off = turn % (2 * SWITCHES_EACH) == 0
            if "declined" in await client.ask("decline", token, i={"rule": ITEM, "declined": off}):
                kept.declined[n] = off
        if turn % PASSES_EACH == 0:
            await _pass(client, token, benefit)
        me = await client.ask("records", token)
        record = next((edge["node"] for edge in me["records"]["edges"] if _in_doubt(edge["node"], tried)), None)
        if record is not None:
            tried.add(record["id"])
            await _dispute(client, token, record["id"], n)
        await asyncio.sleep(0.05)


async def _pass(client: Client, token: str, benefit: str) -> None:
    issued = await client.ask("issue", token, i={"benefit": benefit})
    if "id" not in issued:
        return
    client.acknowledged.passes.add(issued["id"])
    redeemed = await client.ask("redeem", api_key(Kind.PARTNER), i={"code": issued["code"]})
    if redeemed.get("valid"):
        client.acknowledged.redeemed.add(issued["id"])


def _in_doubt(record: Any, tried: set[str]) -> bool:
    """A penalty of `source` that counts and was not disputed: once decided, a record cannot be disputed again."""
    delivered = record["documentNumber"].startswith("P")
    return delivered and bool(record["points"]) and not record["disputed"] and record["id"] not in tried


async def _dispute(client: Client, token: str, record: str, n: int) -> None:
    given = {"recordId": record, "reason": "NOT_MINE", "words": f"不是我的 {n}"}
    filed = await client.ask("open", token, i=given)
    if "id" not in filed:
        return
    client.acknowledged.disputes.add(filed["id"])
    if n % 3 == 0:
        await client.ask("withdraw", token, i={"id": filed["id"]})
        return
    for _ in range(3):
        await asyncio.sleep(0.5)
        await client.ask("supply", token, i={"id": filed["id"], "words": "补充说明"})
    await client.ask("appeal", token, i={"id": filed["id"], "words": "不服"})


async def desk(client: Client, account: str, until: asyncio.Event) -> None:
    """Claims, asks, notes, proposes; approves or returns what the other proposed."""
    token = (await client.ask("sign in", "", i={"account": account, "password": account * 2}))["token"]
    while not until.is_set():
        page = await client.ask("queue", token)
        for edge in page["edges"][:6]:
            case = edge["node"]
            await _work_on(client, token, case["id"], case["revision"], case["heldByMe"], case["dispute"]["state"])
        await asyncio.sleep(0.1)


async def _work_on(client: Client, token: str, case: str, revision: int, mine: bool, state: str) -> None:
    seen = {"id": case, "revision": revision}
    if state == "SUBMITTED":
        await client.ask("claim", token, i={"id": case})
    elif state == "PROPOSED":
        proposal = (await client.ask("proposal", token, id=case))["proposal"]
        if random.random() >= 0.8:
            await client.ask("return", token, i={**seen, "explanation": "再核实"})
        elif proposal is not None:
            await client.ask("approve", token, i={**seen, "determination": proposal["determination"]})
    elif mine and state == "UNDER_REVIEW":
        if "revision" in await client.ask("note", token, i={"id": case, "text": "便条"}):
            client.acknowledged.notes += 1
        if random.random() < 0.3:
            await client.ask("ask", token, i={**seen, "question": "请补充"})
            return
        determination = random.choice(("UPHELD", "DELETED", "CORRECTED"))
        await client.ask("decide", token, i={**seen, "determination": determination, "explanation": "核对过了"})


async def source(client: Client, made: Town, until: asyncio.Event) -> None:
    """Delivers parking penalties no one has heard of, and takes most of them back a little later."""
    token, series = api_key(Kind.SOURCE), f"P{secrets.token_hex(3)}"
    count = 0
    while not until.is_set():
        count += 1
        number = f"{series}-{count}"
        record = penalty(made, made.people[count % len(made.people)].id_number, number)
        report = await client.ask("deliver", token, i={"records": [record]})
        if report.get("stored", 0) + report.get("unchanged", 0):
            client.acknowledged.records.add(number)
        if count > 5 and count % 4:
            given = {"documentNumber": f"{series}-{count - 5}", "revocationReason": "ISSUED_IN_ERROR"}
            await client.ask("revoke", token, i=given)
        await asyncio.sleep(0.15)


def penalty(made: Town, resident: str, number: str) -> dict[str, Any]:
    """A parking penalty of this month, as a source delivers it over GraphQL."""
    rule = made.container.scheme.rules_by_code["traffic.illegal-parking"]
    day = made.container.clock().date().replace(day=1).isoformat()
    said = {"documentNumber": number, "resident": resident, "source": "traffic-police", "rule": rule.code}
    return said | {"dataClass": rule.data_class.name, "occurredOn": day, "reportedOn": day, "final": True}


async def chatter(made: Town, acknowledged: Acknowledged, until: asyncio.Event) -> None:
    """Everybody writes to the bot now and then, each message delivered three times at once; so pushes may follow."""
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        while not until.is_set():
            for n in range(len(made.people)):
                id = str(secrets.randbelow(10**12))
                body = message_xml("gh_egret", openid(n), "text", "查询", id, int(time.time()))
                posts = (made.platform.post(http, random.choice(made.bases), body, plain=False) for _ in range(3))
                for answer in await asyncio.gather(*posts, return_exceptions=True):
                    if isinstance(answer, BaseException):
                        acknowledged.tries[f"chat: {type(answer).__name__}"] += 1
                    elif answer["status"] == 200:
                        acknowledged.counts["chat"] += 1
                    else:
                        acknowledged.tries[f"chat: {answer['status']}"] += 1
            await asyncio.sleep(1)


async def working(made: Town, until: asyncio.Event, acknowledged: Acknowledged | None = None) -> Acknowledged:
    """Everybody works until told to stop, and finishes what they began."""
    acknowledged = Acknowledged() if acknowledged is None else acknowledged
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        client = Client(made, acknowledged, http)
        async with asyncio.TaskGroup() as group:
            group.create_task(chatter(made, acknowledged, until))
            group.create_task(source(client, made, until))
            for account in ("agent", "approver"):
                group.create_task(desk(client, account, until))
            for n in range(len(made.people)):
                group.create_task(citizen(client, made, n, until))
    return acknowledged
