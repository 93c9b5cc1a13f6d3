"""What tests do with a whole Egret: talk to the bot, ask GraphQL, work at the desk."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Protocol

import httpx
import orjson
from argon2 import PasswordHasher
from starlette.applications import Starlette

from schema.types.principal import OPERATOR, Caller, Kind, Principal
from scoring.identity import Identity
from scoring.records import Record
from server.auth.api_keys import key_row
from server.chat.conversations import Conversations
from server.container import Container
from server.jobs.worker import deliver
from server.platform.core.budget import Budget
from server.platform.db import Document
from server.web.simulator import Platform
from tests.support.people import RECORDS, YING, colleague, delivery

_messages = count(1)
_colleagues = count()
_FAST = PasswordHasher(time_cost=1, memory_cost=1024)


class SettableClock(Protocol):
    """A clock that can be moved on."""

    def advance(self, **by: float) -> None: ...


@dataclass
class World:
    """A running system with everything around it."""

    container: Container
    app: Starlette
    http: httpx.AsyncClient
    clock: SettableClock

    @property
    def platform(self) -> Platform:
        platform = self.app.state.platform
        assert isinstance(platform, Platform)
        return platform

    # Records and people

    async def register(self, *people: Identity) -> None:
        """Put people on the register of residents."""
        await self.container.register.enter(people, self.container.clock())

    async def deliver(self, person: Identity, *records: Record) -> None:
        """Let sources report about a person."""
        await self.container.deliveries.deliver(OPERATOR, delivery(person, *records))
        await self.reassess()

    async def reassess(self) -> None:
        """Do what deliveries left to the outbox; no one is told anything yet."""
        left = {"kind": "reassess", "done": False}
        for row in await self.container.store["outbox"].find(left).to_list(None):
            payload = await self.container.vault.open(row["sealed"])
            await deliver(self.container, row["kind"], payload, row["_id"])
            await self.container.store["outbox"].delete_one({"_id": row["_id"]})

    async def enrol(self, person: Identity, *records: Record, openid: str = "o-test") -> Principal:
        """A person with records who has bound, and has just looked at the score in the chat.

        Bound by what the chat asks, without the talk: that takes three times as long, and has its own tests.
        """
        await self.register(person)
        if records:
            await self.deliver(person, *records)
        contact = (await self.container.contacts.enter("wechat", openid)).contact
        caller, bindings = Caller(Principal(contact=contact)), self.container.services.bindings
        version = self.container.scheme.consent.version
        started = await bindings.start(caller, version, person.name, person.id_number, person.phone)
        await bindings.confirm(caller, started.id, await self.last_code())
        await Chat(self, openid).say("查询")
        return await self.container.citizens.principal_of(contact)

    async def hire(self, account: str, role: Kind, person: Identity | None = None, *, known: bool = True) -> Principal:
        """A desk account of `person`, or of someone new; the password is the account's name twice."""
        number = colleague(next(_colleagues)) if person is None else person.id_number
        staff = {
            "_id": account,
            "name": account,
            "role": role.value,
            "password_hash": _FAST.hash(account * 2),
            "active": True,
            "id_index": self.container.citizens.id_index(number) if known else None,
        }
        await self.container.store["staff"].insert_one(staff)
        return Principal(role, account)

    async def partner(self, code: str) -> str:
        """An API key of a partner."""
        return await self._api_key(Kind.PARTNER, code)

    async def source(self, code: str) -> str:
        """An API key of a reporting entity."""
        return await self._api_key(Kind.SOURCE, code)

    async def _api_key(self, kind: Kind, code: str) -> str:
        key = f"egp_{code}_secret"
        await self.container.store["api_keys"].insert_one(key_row(kind, code, key))
        return key

    def allow(self, a_minute: int) -> None:
        """Let each caller ask for so much in a minute."""
        container = self.container
        container.admission._budget = Budget(container.store, container.clock, container.vault, a_minute)

    # Everything that is sent by itself

    async def told(self) -> list[tuple[str, Document]]:
        """Every notice that was raised about citizens, sent or not: kind and data."""
        rows = await self.container.store["notices"].find({}).sort([("created_at", 1)]).to_list(None)
        return [(row["kind"], await self.container.vault.open(row["sealed"])) for row in rows]

    async def deliver_outbox(self) -> None:
        """Send what waits in the outbox."""
        while await self.container.outbox.deliver_one(partial(deliver, self.container)):
            pass

    async def last_code(self) -> str:
        """The code in the newest text message."""
        await self.deliver_outbox()
        found = re.search(r"\d{6}", self.platform.sms.arrived[-1]["text"])
        assert found is not None
        return found[0]

    @property
    def conversations(self) -> Conversations:
        """Conversations as one more process of the chat has them."""
        return Conversations(self.container.store, self.container.clock)

    async def export(self, citizen: Principal) -> dict[str, Any]:
        """Everything that is held about a citizen, as the file has it."""
        pieces = [piece async for piece in (await self.container.exports.begin(citizen)).json()]
        held: dict[str, Any] = orjson.loads(b"".join(pieces))
        return held

    # GraphQL

    async def ask(
        self, document: str, *, token: str | None = None, key: str | None = None, **variables: Any
    ) -> dict[str, Any]:
        """The answer of `/graphql`, without what it cost."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        if key is not None:
            headers["idempotency-key"] = key
        body = {"query": document, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=headers)
        answer: dict[str, Any] = response.json()
        answer.pop("extensions", None)
        return answer

    async def mini_program(self, openid: str = "mini-1") -> str:
        """A session token by `wx.login`."""
        code = self.platform.login_code(openid)
        document = "mutation($i: LogInInput!) { logIn(input: $i) { ... on LogInSuccess { session { token } } } }"
        answer = await self.ask(document, i={"code": code})
        token: str = answer["data"]["logIn"]["session"]["token"]
        return token

    async def bound_token(self) -> str:
        """A mini-program session of YING, who joined in the chat with RECORDS and linked the mini-program."""
        await self.enrol(YING, *RECORDS)
        token = await self.mini_program()
        contact = self.container.contacts.id_of("mini", "mini-1")
        link = {"hash": contact, "channel": "mini", "bound_at": self.container.clock()}
        await self.container.store["citizens"].update_one({}, {"$push": {"contacts": link}})
        return token

    async def staff_token(self, account: str) -> str:
        """A desk session's token."""
        document = "mutation($i: SignInInput!) { signIn(input: $i) { ... on SignInSuccess { session { token } } } }"
        answer = await self.ask(document, i={"account": account, "password": account * 2})
        token: str = answer["data"]["signIn"]["session"]["token"]
        return token


@dataclass
class Chat:
    """A person's phone: says things through the real platform protocol."""

    world: World
    openid: str = "o-test"
    heard: list[str] = field(default_factory=list)

    async def say(self, text: str) -> str:
        """Type something; the passive reply."""
        return await self._send("text", text)

    async def tap(self, key: str) -> str:
        """Tap a menu button."""
        return await self._send("CLICK", key)

    async def follow(self, scene: str = "") -> str:
        return await self._send("subscribe", scene)

    async def unfollow(self) -> str:
        return await self._send("unsubscribe", "")

    async def photo(self, content: bytes, media_type: str = "image/jpeg") -> str:
        """Send a photo."""
        return await self._send("image", self.world.platform.keep_media(media_type, content))

    async def scan(self, scene: str) -> str:
        """Scan a QR code while following already."""
        return await self._send("SCAN", scene)

    async def voice(self) -> str:
        return await self._send("voice", "")

    async def bind(self, person: Identity) -> str:
        """The whole of 绑定."""
        for said in ("绑定", "1", person.name, person.id_number, person.phone):
            await self.say(said)
        return await self.say(await self.world.last_code())

    async def pushes(self) -> list[str]:
        """What arrived by itself."""
        await self.world.deliver_outbox()
        return [item["text"] for item in self.world.platform.phone(self.openid).arrived]

    async def _send(self, kind: str, content: str, entry: str | None = None) -> str:
        asked = {"openid": self.openid, "kind": kind, "content": content, "entry": entry}
        response = await self.world.http.post("/simulator/send", json=asked)
        result = response.json()["results"][0]
        assert result["status"] == 200, result
        reply = result["reply"] or ""
        self.heard.append(reply)
        return reply
