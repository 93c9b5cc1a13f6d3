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
_REFUSAL = "... on Refusal { code }"
DOCUMENTS = {
    "decline": f"""mutation($d: Boolean!) {{ declineItem(rule: "{ITEM}", declined: $d) {{
        ... on OptionalItem {{ declined }} {_REFUSAL} }} }}""",
    "issue": f"""mutation($b: String!) {{ issuePass(benefit: $b) {{
        ... on Pass {{ id passCode: code }} {_REFUSAL} }} }}""",
    "redeem": f"mutation($c: String!) {{ redeemPass(code: $c) {{ ... on PassAnswer {{ valid }} {_REFUSAL} }} }}",
    "records": "{ me { records(first: 50) { edges { node { id disputed points documentNumber } } } } }",
    "open": f"""mutation($i: OpenDisputeInput!) {{ openDispute(input: $i) {{
        ... on Dispute {{ id number }} {_REFUSAL} }} }}""",
    "withdraw": f"mutation($i: ID!) {{ withdrawDispute(id: $i) {{ ... on Dispute {{ id state }} {_REFUSAL} }} }}",
    "supply": f"""mutation($i: ID!) {{ supplyDispute(id: $i, words: "补充说明") {{
        ... on Dispute {{ id state }} {_REFUSAL} }} }}""",
    "appeal": f"""mutation($i: ID!) {{ appealDispute(id: $i, words: "不服") {{
        ... on Dispute {{ id }} {_REFUSAL} }} }}""",
    "queue": "{ cases(part: OPEN, first: 50) { edges { node { id version heldByMe dispute { state } } } } }",
    "claim": f"mutation($i: ID!) {{ claimCase(id: $i) {{ ... on Case {{ version }} {_REFUSAL} }} }}",
    "ask": f"""mutation($i: ID!, $v: Int!) {{ askCitizen(id: $i, version: $v, question: "请补充") {{
        ... on Case {{ version }} {_REFUSAL} }} }}""",
    "note": f"""mutation($i: ID!) {{ addNote(id: $i, text: "便条") {{ ... on Case {{ version }} {_REFUSAL} }} }}""",
    "decide": f"mutation($i: DecideInput!) {{ decideCase(input: $i) {{ ... on Case {{ version }} {_REFUSAL} }} }}",
    "proposal": f"""query($i: ID!) {{ case(id: $i) {{
        ... on Case {{ version proposal {{ determination }} }} {_REFUSAL} }} }}""",
    "approve": f"""mutation($i: ID!, $v: Int!, $d: Determination!) {{
        approveCase(id: $i, version: $v, determination: $d) {{ ... on Case {{ version }} {_REFUSAL} }} }}""",
    "return": f"""mutation($i: ID!, $v: Int!) {{ returnCase(id: $i, version: $v, explanation: "再核实") {{
        ... on Case {{ version }} {_REFUSAL} }} }}""",
    "deliver": f"""mutation($r: [RecordInput!]!) {{ deliverRecords(records: $r) {{
        ... on DeliveryReport {{ stored corrected unchanged refused rejects {{ reason }} }} {_REFUSAL} }} }}""",
    "revoke": f"""mutation($n: String!) {{ revokeRecord(number: $n, reason: ISSUED_IN_ERROR) {{
        ... on RecordEnded {{ changed }} {_REFUSAL} }} }}""",
    "sign in": f"""mutation($a: String!, $p: String!) {{ signIn(account: $a, password: $p) {{
        ... on Session {{ token }} {_REFUSAL} }} }}""",
}


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
        (value,) = content["data"].values()
        refused = isinstance(value, dict) and "code" in value
        self.acknowledged.counts[f"{what}: {value['code']}" if refused else what] += 1
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
            if "declined" in await client.ask("decline", token, d=off):
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
    issued = await client.ask("issue", token, b=benefit)
    if "id" not in issued:
        return
    client.acknowledged.passes.add(issued["id"])
    redeemed = await client.ask("redeem", api_key(Kind.PARTNER), c=issued["passCode"])
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
        await client.ask("withdraw", token, i=filed["id"])
        return
    for _ in range(3):
        await asyncio.sleep(0.5)
        await client.ask("supply", token, i=filed["id"])
    await client.ask("appeal", token, i=filed["id"])


async def desk(client: Client, account: str, until: asyncio.Event) -> None:
    """Claims, asks, notes, proposes; approves or returns what the other proposed."""
    token = (await client.ask("sign in", "", a=account, p=account * 2))["token"]
    while not until.is_set():
        page = await client.ask("queue", token)
        for edge in page["edges"][:6]:
            case = edge["node"]
            await _work_on(client, token, case["id"], case["version"], case["heldByMe"], case["dispute"]["state"])
        await asyncio.sleep(0.1)


async def _work_on(client: Client, token: str, case: str, version: int, mine: bool, state: str) -> None:
    if state == "SUBMITTED":
        await client.ask("claim", token, i=case)
    elif state == "PROPOSED":
        seen = (await client.ask("proposal", token, i=case)).get("proposal")
        if random.random() >= 0.8:
            await client.ask("return", token, i=case, v=version)
        elif seen is not None:
            await client.ask("approve", token, i=case, v=version, d=seen["determination"])
    elif mine and state == "UNDER_REVIEW":
        if "version" in await client.ask("note", token, i=case):
            client.acknowledged.notes += 1
        if random.random() < 0.3:
            await client.ask("ask", token, i=case, v=version)
            return
        determination = random.choice(("UPHELD", "DELETED", "CORRECTED"))
        given = {"id": case, "version": version, "determination": determination, "explanation": "核对过了"}
        await client.ask("decide", token, i=given)


async def source(client: Client, made: Town, until: asyncio.Event) -> None:
    """Delivers parking penalties no one has heard of, and takes most of them back a little later."""
    token, series = api_key(Kind.SOURCE), f"P{secrets.token_hex(3)}"
    count = 0
    while not until.is_set():
        count += 1
        number = f"{series}-{count}"
        record = penalty(made, made.people[count % len(made.people)].id_number, number)
        report = await client.ask("deliver", token, r=[record])
        if report.get("stored", 0) + report.get("unchanged", 0):
            client.acknowledged.records.add(number)
        if count > 5 and count % 4:
            await client.ask("revoke", token, n=f"{series}-{count - 5}")
        await asyncio.sleep(0.15)


def penalty(made: Town, resident: str, number: str) -> dict[str, Any]:
    """A parking penalty of this month, as a source delivers it over GraphQL."""
    rule = made.container.scheme.rules_by_code["traffic.illegal-parking"]
    day = made.container.clock().date().replace(day=1).isoformat()
    said = {"id": number, "resident": resident, "source": "traffic-police", "rule": rule.code}
    return said | {"dataClass": rule.data_class.value, "occurredOn": day, "reportedOn": day, "final": True}


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
