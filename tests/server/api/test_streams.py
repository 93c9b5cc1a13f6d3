"""Subscriptions: over WebSockets and as event streams, fed by what really changes in the database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from pymongo.errors import AutoReconnect
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from schema.types.principal import Kind, Principal
from server.api import listeners, sockets
from server.disputes.updates import Listener
from server.platform.db import Document
from tests.support.live import heard, opened, send, served, signed_in, until
from tests.support.people import FAN, YING, record
from tests.support.world import World

PARKING = record("traffic.illegal-parking", "2026-09-02")
SCORES = "subscription { scoreChanged { value band { code } } }"
DISPUTES = "subscription { disputeChanged { number state dueOn } }"
EXPIRED = (4401, "EXPIRED")
"""How a socket closes whose token was good."""
QUEUE = "subscription { queueChanged { case { id revision dispute { number state } } } }"


@pytest_asyncio.fixture
async def port(world: World) -> AsyncIterator[int]:
    async with served(world) as listening:
        yield listening


async def until_listening(world: World, count: int = 1) -> None:
    """Until so many listen; what happens from then on is told."""
    updates = world.container.updates
    await until(lambda: sum(map(len, updates._listening.values())) >= count and updates._ready.is_set())


async def file_dispute(world: World, token: str) -> dict[str, Any]:
    records = await world.ask("{ me { records { edges { node { id } } } } }", token=token)
    given = {"recordId": records["data"]["me"]["records"]["edges"][0]["node"]["id"], "reason": "NOT_MINE"}
    document = """mutation($i: OpenDisputeInput!) { openDispute(input: $i) {
        ... on OpenDisputeSuccess { dispute { id number } } } }"""
    filed = await world.ask(document, token=token, i={**given, "words": "不是我的车"})
    dispute: dict[str, Any] = filed["data"]["openDispute"]["dispute"]
    return dispute


async def test_a_score_is_told_when_it_was_made_again(world: World, port: int) -> None:
    token = await world.bound_token()
    async with opened(port) as websocket:
        await signed_in(websocket, token)
        await send(websocket, type="subscribe", id="1", payload={"query": SCORES})
        await until_listening(world)
        await world.deliver(YING, PARKING)
        told = await heard(websocket)
        assert (told["type"], told["id"]) == ("next", "1")
        assert told["payload"] == {"data": {"scoreChanged": {"value": 600, "band": {"code": "steady"}}}}
        await send(websocket, type="complete", id="1")
        await send(websocket, type="ping")
        assert await heard(websocket) == {"type": "pong"}


async def test_disputes_and_the_queue_are_told_to_those_they_concern_and_to_no_one_else(
    world: World, port: int
) -> None:
    token = await world.bound_token()
    await world.deliver(YING, PARKING)
    await world.enrol(FAN, openid="o-fan")
    other = world.container.sessions.log_in_page("o-fan").token
    await world.hire("agent", Kind.AGENT)
    desk = await world.staff_token("agent")
    async with opened(port) as mine, opened(port) as theirs, opened(port) as agents:
        for websocket, who, document in ((mine, token, DISPUTES), (theirs, other, DISPUTES), (agents, desk, QUEUE)):
            await signed_in(websocket, who)
            await send(websocket, type="subscribe", id="1", payload={"query": document})
        await until_listening(world, 3)
        dispute = await file_dispute(world, token)
        told = (await heard(mine))["payload"]["data"]["disputeChanged"]
        assert (told["number"], told["state"]) == (dispute["number"], "SUBMITTED")
        case = (await heard(agents))["payload"]["data"]["queueChanged"]["case"]
        assert case["dispute"] == {"number": dispute["number"], "state": "SUBMITTED"}
        assert case["revision"] == 1
        await world.ask("mutation($i: ID!) { claimCase(input: {id: $i}) { __typename } }", token=desk, i=case["id"])
        assert (await heard(mine))["payload"]["data"]["disputeChanged"]["state"] == "UNDER_REVIEW"
        assert (await heard(agents))["payload"]["data"]["queueChanged"]["case"]["revision"] == 2
        with pytest.raises(TimeoutError):
            await heard(theirs, 0.5)


@pytest.mark.parametrize(
    ("who", "document", "code"),
    [
        (None, SCORES, "NOT_SIGNED_IN"),
        (None, DISPUTES, "NOT_SIGNED_IN"),
        ("citizen", QUEUE, "FORBIDDEN"),
        ("agent", DISPUTES, "FORBIDDEN"),
    ],
)
async def test_who_may_not_listen_is_told_why(
    world: World, port: int, who: str | None, document: str, code: str
) -> None:
    await world.hire("agent", Kind.AGENT)
    tokens = {None: None, "citizen": await world.bound_token(), "agent": await world.staff_token("agent")}
    async with opened(port) as websocket:
        await signed_in(websocket, tokens[who])
        await send(websocket, type="subscribe", id="1", payload={"query": document})
        told = await heard(websocket)
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", code)


async def test_questions_and_changes_go_over_a_socket_too(world: World, port: int) -> None:
    async with opened(port) as websocket:
        await signed_in(websocket)
        await send(websocket, type="subscribe", id="q", payload={"query": "{ __typename }"})
        assert (await heard(websocket))["payload"] == {"data": {"__typename": "Query"}}
        assert await heard(websocket) == {"type": "complete", "id": "q"}
        await send(websocket, type="subscribe", id="w", payload={"query": "{ nope }"})
        told = await heard(websocket)
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "BAD_INPUT")
        await send(websocket, type="subscribe", id="x", payload={"documentId": "0" * 64})
        assert (await heard(websocket))["payload"][0]["extensions"]["code"] == "UNTRUSTED"


BROKEN: dict[str, tuple[str | bytes, int]] = {
    "no JSON": ("{", 4400),
    "a list": ("[]", 4400),
    "no type": ("{}", 4400),
    "an unknown type": ('{"type": "start"}', 4400),
    "no id": ('{"type": "subscribe"}', 4400),
    "a second beginning": ('{"type": "connection_init"}', 4429),
    "deep": ("[" * 60_000, 4400),
    "too large": ("x" * 70_000, 1009),
    "bytes": (b'{"type": "ping"}', 4400),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_who_breaks_the_protocol_is_shown_out(world: World, port: int, what: str) -> None:
    text, code = BROKEN[what]
    async with opened(port) as websocket:
        await signed_in(websocket)
        await websocket.send(text)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_a_socket_begins_with_who_is_there(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for first, code, seconds in (
        (None, 4408, 0.2),
        ({"type": "subscribe", "id": "1"}, 4401, 30),
        ({"type": "connection_init", "payload": {"authorization": "Bearer forged"}}, 4403, 30),
    ):
        monkeypatch.setattr(sockets, "INIT_SECONDS", seconds)
        async with opened(port) as websocket:
            if first is not None:
                await send(websocket, **first)
            with pytest.raises(ConnectionClosed) as closed:
                await heard(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


async def test_a_socket_holds_a_bounded_number_of_streams(world: World, port: int) -> None:
    await world.hire("agent", Kind.AGENT)
    async with opened(port) as websocket:
        await signed_in(websocket, await world.staff_token("agent"))
        for n in range(sockets.MOST_STREAMS + 1):
            await send(websocket, type="subscribe", id=str(n), payload={"query": QUEUE})
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429


async def test_another_sites_page_and_another_protocol_are_refused(world: World, port: int) -> None:
    allowed = world.container.settings.model_copy(update={"allowed_origins": "https://app.example"})
    world.app.state.container = replace(world.container, settings=allowed)
    async with opened(port, origin="https://app.example"), opened(port, origin="weapp://wx0000"):
        pass
    for options in ({"origin": "https://elsewhere.example"}, {"subprotocols": ["graphql-ws"]}):
        with pytest.raises(InvalidStatus):
            async with opened(port, **options):
                pass


async def test_who_was_sent_away_stops_hearing(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_LOOK_SECONDS", 0.1)
    await world.hire("agent", Kind.AGENT)
    async with opened(port) as websocket:
        await signed_in(websocket, await world.staff_token("agent"))
        await send(websocket, type="subscribe", id="1", payload={"query": QUEUE})
        await world.container.store["staff"].update_one({"_id": "agent"}, {"$set": {"active": False}})
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_no_one_is_left_listening_when_a_socket_has_gone(world: World, port: int) -> None:
    await world.hire("agent", Kind.AGENT)
    async with opened(port) as websocket:
        await signed_in(websocket, await world.staff_token("agent"))
        await send(websocket, type="subscribe", id="1", payload={"query": QUEUE})
        await until_listening(world)
    await until(lambda: not world.container.updates._listening)
    assert world.app.state.open.total == 0


async def test_events_are_a_stream_of_the_same(world: World, port: int) -> None:
    token = await world.bound_token()
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    url = f"http://127.0.0.1:{port}/graphql"
    async with (
        httpx.AsyncClient() as http,
        http.stream("POST", url, json={"query": SCORES}, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        await until_listening(world)
        await world.deliver(YING, PARKING)
        lines = response.aiter_lines()
        assert await anext(lines) == "event: next"
        content = orjson.loads((await anext(lines)).removeprefix("data: "))
        assert content["data"]["scoreChanged"]["value"] == 600
    await until(lambda: not world.container.updates._listening)


async def test_a_question_as_events_ends_after_its_answer(world: World, port: int) -> None:
    async with httpx.AsyncClient() as http:
        response = await http.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": "{ __typename }"},
            headers={"accept": "text/event-stream"},
        )
    assert response.text == 'event: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n'


async def test_a_subscription_without_a_stream_says_how_to_ask(world: World) -> None:
    answer = await world.ask(SCORES)
    assert "event stream" in answer["errors"][0]["message"]


async def test_a_slow_listener_hears_each_thing_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told_of, tell = list[str](), Listener.tell

    def noted(self: Listener, key: str, document: Document) -> None:
        told_of.append(key)
        tell(self, key, document)

    monkeypatch.setattr(Listener, "tell", noted)
    me = await world.enrol(YING)
    told = world.container.updates.scores(me)
    first = asyncio.ensure_future(anext(told))
    await until_listening(world)
    await world.deliver(YING, PARKING)
    assert (await first).value == 490
    for n in range(2, 6):
        await world.deliver(YING, record("volunteering.hours", "2026-10-02", str(n)))
    await until(lambda: len(told_of) == 5)
    latest = (await world.container.services.scores.current(me)).value
    assert (await anext(told)).value == latest
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await anext(told)


async def cut(world: World) -> None:
    """End the change stream's cursor behind its back."""
    database = world.container.store.database
    found = database.client.admin.aggregate([{"$currentOp": {"idleCursors": True}}])
    rows = await found.to_list(None)
    ids = [row["cursor"]["cursorId"] for row in rows if row.get("cursor", {}).get("tailable")]
    assert ids
    await database.command("killCursors", "$cmd.aggregate", cursors=ids)


async def test_a_broken_off_stream_goes_on_where_it_was(world: World) -> None:
    me = await world.enrol(YING)
    told = world.container.updates.scores(me)
    first = asyncio.ensure_future(anext(told))
    await until_listening(world)
    await world.deliver(YING, PARKING)
    assert (await first).value == 490
    second = asyncio.ensure_future(anext(told))
    await cut(world)
    await world.deliver(YING, record("volunteering.hours", "2026-10-02", "9"))
    async with asyncio.timeout(15):
        assert (await second).value > 490


async def test_a_stream_that_broke_off_before_anything_happened_misses_nothing(world: World) -> None:
    me = await world.enrol(YING)
    told = world.container.updates.scores(me)
    first = asyncio.ensure_future(anext(told))
    await until_listening(world)
    await cut(world)
    await world.deliver(YING, PARKING)
    async with asyncio.timeout(15):
        assert (await first).value == 490


async def test_sockets_and_event_streams_of_one_person_are_bounded(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "MOST_OF_ONE", 2)
    token = await world.bound_token()
    async with opened(port) as first, opened(port) as second, opened(port) as third:
        await signed_in(first, token)
        await signed_in(second, token)
        await send(third, type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert await heard(third) == {"type": "connection_ack"}
        with pytest.raises(ConnectionClosed) as closed:
            await heard(third)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
        answer = await world.http.post("/graphql", json={"query": SCORES}, headers=headers)
        assert answer.status_code == 429
        await world.hire("agent", Kind.AGENT)
        async with opened(port) as agents:
            await signed_in(agents, await world.staff_token("agent"))


async def test_a_socket_without_a_token_makes_room(world: World, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "NOBODY_SECONDS", 0.1)
    async with opened(port) as websocket:
        await signed_in(websocket)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_a_fault_of_the_database_does_not_end_the_looking(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "_LOOK_SECONDS", 0.05)
    await world.hire("agent", Kind.AGENT)
    real, failures = world.container.sessions.principal_of, iter([False, True, True])

    async def failing(bearer: str | None) -> Principal:
        if bearer is not None and next(failures, False):
            raise AutoReconnect
        return await real(bearer)

    monkeypatch.setattr(world.container.sessions, "principal_of", failing)
    async with opened(port) as websocket:
        await signed_in(websocket, await world.staff_token("agent"))
        await asyncio.sleep(0.3)
        await send(websocket, type="ping")
        assert await heard(websocket) == {"type": "pong"}
        await world.container.store["staff"].update_one({"_id": "agent"}, {"$set": {"active": False}})
        with pytest.raises(ConnectionClosed):
            await heard(websocket)


async def test_a_token_that_has_run_out_asks_nothing_more(world: World, port: int) -> None:
    token = await world.bound_token()
    async with opened(port) as websocket:
        await signed_in(websocket, token)
        world.clock.advance(minutes=40)
        await send(websocket, type="subscribe", id="1", payload={"query": "{ me { score { value } } }"})
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == EXPIRED


@pytest.mark.parametrize("over", [True, False], ids=["expired", "forged"])
async def test_a_socket_tells_an_expired_token_from_a_forged_one(world: World, port: int, over: bool) -> None:
    token = await world.bound_token()
    world.clock.advance(minutes=40)
    async with opened(port) as websocket:
        payload = {"authorization": f"Bearer {token if over else token[:-4]}"}
        await send(websocket, type="connection_init", payload=payload)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (EXPIRED if over else (4403, "Forbidden"))


async def test_who_only_listens_is_told_when_the_token_has_run_out(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "_LOOK_SECONDS", 0.1)
    token = await world.bound_token()
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    url = f"http://127.0.0.1:{port}/graphql"
    async with (
        opened(port) as websocket,
        httpx.AsyncClient() as http,
        http.stream("POST", url, json={"query": SCORES}, headers=headers) as response,
    ):
        await signed_in(websocket, token)
        await send(websocket, type="subscribe", id="1", payload={"query": SCORES})
        await until_listening(world, 2)
        world.clock.advance(minutes=40)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
        told = [line async for line in response.aiter_lines() if line.startswith(("event", "data"))]
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == EXPIRED
    assert told[-2] == "event: next"
    assert orjson.loads(told[-1].removeprefix("data: "))["errors"][0]["extensions"]["code"] == "EXPIRED"


async def test_a_fault_of_ours_is_told_and_logged_without_its_text(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object) -> None:
        raise ValueError(YING.name)

    monkeypatch.setattr(sockets, "find", broken)
    async with opened(port) as websocket:
        await signed_in(websocket)
        await send(websocket, type="subscribe", id="1", payload={"query": "{ __typename }"})
        told = await heard(websocket)
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
    assert "fault in a stream" in caplog.text
    assert YING.name not in caplog.text


async def hear_to_the_end(websocket: ClientConnection) -> None:
    while True:
        await heard(websocket)


async def test_a_socket_that_only_talks_is_closed(world: World) -> None:
    async with served(world) as port, opened(port) as websocket:
        await signed_in(websocket)
        with contextlib.suppress(ConnectionClosed):
            for _ in range(sockets.MOST_MESSAGES + 10):
                await send(websocket, type="ping")
        with pytest.raises(ConnectionClosed) as closed:
            await hear_to_the_end(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429
