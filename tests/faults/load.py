"""Mixed load at a steady rate on a town, each answer checked: chat, GraphQL, the desk's pages, a source, files.

Requests are sent whether or not earlier ones are answered, and once only: what fails is an error. Of each chat message
there are three deliveries: two at the same moment to two servers, and one seconds later.
"""

from __future__ import annotations

import asyncio
import random
import re
import secrets
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from schema.types.principal import Kind
from server.web.simulator.platform import message_xml
from tests.faults.town import Town, api_key, openid
from tests.faults.work import DOCUMENTS, Acknowledged, looked_at, penalty
from tests.support.live import BROWSER

MOST_OPEN = 200
"""Actions under way; one more is held back, and counted."""
LATE_SECONDS = (1.0, 5.0)
TALK = ("查询", "可选", "1", "权益")
"""What each citizen writes, in turns; 【1】 switches the first optional item."""
_FORGOTTEN_SECONDS = 25 * 60
"""After a longer silence a citizen begins again: the dialog is forgotten soon after, and 【1】 would mean nothing."""
ASKED = DOCUMENTS | {
    "score": """{ me { score { value withheld { edges { node { withheldReason } } }
        lines(first: 100) { edges { node { points } } } } } }""",
    "benefits": "{ me { benefits { edges { node { eligible shortBy benefit { code ordinaryRoute { zh } } } } } } }",
    "what-if": '{ me { whatIf(steps: [{ earn: "volunteering.hours" }]) { value points } } }',
}
EXPECTED = {
    "open": {"DISPUTE_OPEN"},
    "withdraw": {"CONFLICT", "DISPUTE_CLOSED"},
}
"""Refusals that are no error: the desk was quicker."""


@dataclass
class Seen:
    """What was seen since it was last taken."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    held_back: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        return sum(map(len, self.times.values()))


class Load:
    """Everybody at once. Citizens of the first half keep a good score; the others get penalties and dispute them."""

    def __init__(self, made: Town, http: httpx.AsyncClient) -> None:
        self.made, self.http = made, http
        self.seen, self.told = Seen(), Acknowledged()
        self.toggles: Counter[int] = Counter()
        self.messages = Counter[str]()
        self._chance = random.Random()
        self._turns: Counter[int] = Counter()
        self._spoke: dict[int, float] = {}
        self._busy: set[int] = set()
        self._with_pass: set[int] = set()
        self._penalties: deque[tuple[int, str]] = deque()
        self._numbers = iter(range(10**9, 10**10))
        self._desk = asyncio.Lock()
        self._cookies: dict[str, str] = {}
        self._open: set[asyncio.Task[None]] = set()

    def take(self) -> Seen:
        """What was seen since this was last asked."""
        seen, self.seen = self.seen, Seen()
        return seen

    async def run(self, rate: float, until: asyncio.Event, *, reading: bool = False) -> None:
        """So many actions a second, or of questions alone, until told to stop; then what is under way is finished."""
        questions: dict[Callable[[], Awaitable[None]], float] = {
            self.ask_score: 8,
            self.ask_records: 4,
            self.ask_benefits: 4,
            self.ask_what_if: 4,
        }
        changes: dict[Callable[[], Awaitable[None]], float] = {
            self.chat: 4,
            self.use_pass: 1.5,
            self.dispute: 0.8,
            self.decide: 0.6,
            self.deliver: 1.6,
        }
        actions, due = questions if reading else questions | changes, time.monotonic()
        while not until.is_set():
            (action,) = self._chance.choices(list(actions), list(actions.values()))
            if len(self._open) < MOST_OPEN:
                task = asyncio.create_task(self._guarded(action))
                self._open.add(task)
                task.add_done_callback(self._open.discard)
            else:
                self.seen.held_back += 1
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*self._open)

    async def _guarded(self, action: Callable[[], Awaitable[None]]) -> None:
        try:
            await action()
        except (httpx.HTTPError, AssertionError, KeyError, TypeError, ValueError) as error:
            self.seen.errors.append(f"{getattr(action, '__name__', action)}: {type(error).__name__}: {error}"[:300])

    # Chat

    async def chat(self) -> None:
        """One message of a citizen who is not writing just now, delivered three times."""
        n = self._chance.choice([n for n in range(len(self.made.people)) if n not in self._busy])
        self._busy.add(n)
        try:
            if time.monotonic() - self._spoke.get(n, 0.0) > _FORGOTTEN_SECONDS:
                self._turns[n] = 0
            self._spoke[n] = time.monotonic()
            text = TALK[self._turns[n] % len(TALK)]
            self._turns[n] += 1
            body = message_xml("gh_egret", openid(n), "text", text, str(next(self._numbers)), int(time.time()))
            first, second = await asyncio.gather(*(self._post(base, body) for base in self._bases()))
            if text == "1":
                self.toggles[n] += 1
                self.told.declined[n] = self.toggles[n] % 2 == 1
        finally:
            self._busy.discard(n)
        await asyncio.sleep(self._chance.uniform(*LATE_SECONDS))
        third = await self._post(self._bases()[0], body)
        self.messages[text] += 1
        assert first == second == third, f"three answers to {text} are not the same"

    def _bases(self) -> list[str]:
        return self._chance.sample(self.made.bases, 2)

    async def _post(self, base: str, body: str) -> str:
        began = time.perf_counter()
        answer = await self.made.platform.post(self.http, base, body, plain=False)
        self._took("chat", began)
        assert answer["status"] == 200, f"{answer['status']} to a chat message"
        assert answer["reply"], f"no reply to a chat message, but {answer['got'][:60]}"
        return str(answer["reply"])

    # GraphQL

    async def ask_score(self) -> None:
        """A score is the sum of its lines."""
        score = (await self._ask("score", self._token()))["score"]
        points = sum(edge["node"]["points"] for edge in score["lines"]["edges"])
        assert points == score["value"], f"a score of {score['value']} whose lines give {points}"

    async def ask_records(self) -> None:
        """Everybody has records."""
        records = (await self._ask("records", self._token()))["records"]["edges"]
        assert records, "no records"

    async def ask_benefits(self) -> None:
        """Each says whether it is open, and has an ordinary route."""
        for edge in (await self._ask("benefits", self._token()))["benefits"]["edges"]:
            one = edge["node"]
            assert one["eligible"] is not bool(one["shortBy"]), f"a wrong benefit: {one}"
            assert one["benefit"]["ordinaryRoute"]["zh"]

    async def ask_what_if(self) -> None:
        """Hours of work take no points away."""
        found = (await self._ask("what-if", self._token()))["whatIf"]
        assert found["points"] >= 0, f"what-if takes points away: {found}"

    async def use_pass(self) -> None:
        """A pass is good once; a citizen has one at a time."""
        n = self._chance.choice([n for n in range(len(self.made.people) // 2) if n not in self._with_pass])
        self._with_pass.add(n)
        try:
            benefit = self.made.container.scheme.benefits[0].code
            issued = await self._ask("issue", self.made.token(n), i={"benefit": benefit})
            self.told.passes.add(issued["id"])
            for good in (True, False):
                answer = await self._ask("redeem", api_key(Kind.PARTNER), i={"code": issued["code"]})
                assert answer["valid"] is good, f"a pass is {answer['valid']}, and not {good}"
                self.told.redeemed.add(issued["id"])
        finally:
            self._with_pass.discard(n)

    async def dispute(self) -> None:
        """A penalty is disputed and marked; some think better of it."""
        if not self._penalties:
            return
        n, number = self._penalties.popleft()
        token = self.made.token(n)
        nodes = [edge["node"] for edge in (await self._ask("records", token))["records"]["edges"]]
        found = [node for node in nodes if node["documentNumber"] == number]
        if not found:
            return  # an older one than those on the page
        given = {"recordId": found[0]["id"], "reason": "NOT_MINE", "words": f"不是我的 {number}"}
        filed = await self._ask("open", token, i=given)
        self.told.disputes.add(filed["id"])
        if self._chance.random() < 0.3:
            withdrawn = await self._ask("withdraw", token, i={"id": filed["id"]})
            assert withdrawn.get("state", "WITHDRAWN") == "WITHDRAWN", f"a withdrawn dispute is {withdrawn['state']}"

    async def deliver(self) -> None:
        """A source delivers a penalty; now and then once more."""
        n = self._chance.randrange(len(self.made.people) // 2, len(self.made.people))
        number = f"P{secrets.token_hex(6)}"
        record = penalty(self.made, self.made.people[n].id_number, number)
        report = await self._ask("deliver", api_key(Kind.SOURCE), i={"records": [record]})
        assert report["stored"] == 1, f"a delivery: {report}"
        self.told.records.add(number)
        self._penalties.append((n, number))
        if self._chance.random() < 0.2:
            report = await self._ask("deliver", api_key(Kind.SOURCE), i={"records": [record]})
            assert report["unchanged"] == 1, f"the same delivery again: {report}"

    def _token(self) -> str:
        return self.made.token(self._chance.randrange(len(self.made.people)))

    async def _ask(self, what: str, token: str, **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {token}", "idempotency-key": secrets.token_hex(12)}
        body = {"query": ASKED[what], "variables": variables}
        began = time.perf_counter()
        answer = await self.http.post(f"{self._bases()[0]}/graphql", json=body, headers=headers)
        self._took(what, began)
        content = answer.json()
        assert answer.status_code == 200, f"{answer.status_code} to {what}"
        assert not content.get("errors"), f"{what}: {content.get('errors')}"
        value = looked_at(content)
        if isinstance(value, dict) and "refusalCode" in value:
            code = value["refusalCode"]
            assert code in EXPECTED.get(what, ()), f"{what} is refused: {code}"
            self.seen.refusals[f"{what}: {code}"] += 1
        return value

    # The desk

    async def decide(self) -> None:
        """The agent takes the first case and proposes, the approver agrees: on the pages, by their forms."""
        async with self._desk:
            queue = await self._page("agent", "/desk/?part=UNASSIGNED")
            cases = re.findall(r'href="(/desk/cases/[^"/]+)"', queue)
            if not cases:
                return
            if not await self._act("agent", cases[0], "claim"):
                return
            outcome = self._chance.choice(("UPHELD", "DELETED"))
            if await self._act("agent", cases[0], "decide", determination=outcome, explanation="核对过了"):
                await self._act("approver", cases[0], "approve", optional=True)

    async def _act(self, account: str, path: str, action: str, *, optional: bool = False, **fields: str) -> bool:
        """Press a button of a case's page; False where its citizen took it back meanwhile."""
        page = await self._page(account, path)
        form = re.search(rf'action="{re.escape(path)}/{action}".*?</form>', page, re.DOTALL)
        if form is None:
            assert optional or "已撤回" in page, f"no button {action} on the page of a case"
            return False
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        answer = await self._send(account, "POST", f"{path}/{action}", data={**hidden, **fields})
        if answer.status_code == 409:
            self.seen.refusals[f"desk {action}: 409"] += 1
            return False
        assert answer.status_code == 303, f"{answer.status_code} to {action} at the desk"
        return True

    async def _page(self, account: str, path: str) -> str:
        answer = await self._send(account, "GET", path)
        assert answer.status_code == 200, f"{answer.status_code} to a page of the desk"
        return answer.text

    async def _send(self, account: str, method: str, path: str, **more: Any) -> httpx.Response:
        base = self._bases()[0]
        if account not in self._cookies:
            given = {"account": account, "password": account * 2}
            signed_in = await self.http.post(f"{base}/desk/sign-in", data=given, headers=BROWSER)
            self._cookies[account] = signed_in.headers["set-cookie"].partition(";")[0]
        self.http.cookies.clear()
        began = time.perf_counter()
        answer = await self.http.request(method, base + path, headers={"cookie": self._cookies[account]}, **more)
        self._took("desk", began)
        return answer

    def _took(self, what: str, began: float) -> None:
        self.seen.times.setdefault(what, []).append((time.perf_counter() - began) * 1000)
