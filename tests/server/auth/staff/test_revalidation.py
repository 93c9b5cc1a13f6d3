"""A person who may no longer work here is out within 60 seconds, wherever it was decided; and it fails closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.responses import JSONResponse, Response
from websockets.exceptions import ConnectionClosed

from server.api import listeners
from server.container import build_container
from server.platform.db import open_store
from server.settings import Settings
from tests.conftest import SetClock, _LateTransport
from tests.server.auth.staff.conftest import Browser
from tests.support.live import heard, opened, send, served, signed_in, until
from tests.support.provider import CityProvider
from tests.support.world import World

CASES = "{ cases { edges { node { id } } } }"
QUEUE = "subscription { queueChanged { case { id revision dispute { number state } } } }"


@pytest_asyncio.fixture
async def inside(world: World, provider: CityProvider, browser: Browser) -> Browser:
    """A browser in which an agent works."""
    await browser.sign_in()
    return browser


async def code(world: World, token: str) -> tuple[int, str]:
    """Status and code of a question to the API."""
    headers = {"authorization": f"Bearer {token}"}
    answer = await world.http.post("/graphql", json={"query": CASES}, headers=headers)
    errors = answer.json().get("errors")
    return answer.status_code, errors[0]["extensions"]["code"] if errors else "ok"


async def test_anyone_who_is_disabled_here_is_out_at_once(world: World, inside: Browser) -> None:
    await world.container.store["staff"].update_one({"_id": "li.na"}, {"$set": {"active": False}})
    assert await inside.works() == 303
    assert await code(world, inside.token) == (401, "NOT_SIGNED_IN")


async def test_disabling_ends_sessions_for_good(world: World, inside: Browser) -> None:
    await world.container.staff.disable("li.na")
    await world.container.store["staff"].update_one({"_id": "li.na"}, {"$set": {"active": True}})
    assert await inside.works() == 303


@pytest.mark.parametrize("refreshes", [True, False], ids=["by refresh token", "by userinfo"])
async def test_anyone_who_is_disabled_there_is_out_within_60_seconds(
    world: World, provider: CityProvider, browsers: Callable[[], Browser], refreshes: bool
) -> None:
    """In every browser, and for the API; used all the time or not at all."""
    provider.refreshes = refreshes
    busy, idle = browsers(), browsers()
    await busy.sign_in()
    await idle.sign_in()
    provider.people["li.na"].enabled = False
    worked = 0
    for _ in range(11):
        world.clock.advance(seconds=5)
        worked += await busy.works() == 200
    assert worked < 10, "out in less than 55 seconds"
    assert await busy.works() == 303
    assert await code(world, busy.token) == (401, "NOT_SIGNED_IN")
    assert await idle.works() == 303
    assert await world.container.store["staff_sessions"].count_documents({}) == 0


async def test_the_provider_is_asked_no_more_than_it_needs_to(
    world: World, provider: CityProvider, inside: Browser
) -> None:
    for _ in range(60):
        world.clock.advance(seconds=2)
        assert await inside.works() == 200
    assert 2 <= provider.asked["token"] - 1 <= 3
    assert len(provider.refresh) == 1, "each refresh token is used once"


async def test_of_many_questions_at_once_one_asks(world: World, provider: CityProvider, inside: Browser) -> None:
    for seconds in (45, 3600):
        world.clock.advance(seconds=seconds)
        before = provider.asked["token"]
        assert await asyncio.gather(*(inside.works() for _ in range(8))) == [200] * 8
        assert provider.asked["token"] == before + 1


@pytest_asyncio.fixture
async def neighbour(world: World, settings: Settings, clock: SetClock, transport: _LateTransport) -> AsyncIterator[Any]:
    """Another process on the same database."""
    store = open_store(world.container.store.uri, world.container.store.name, "motor")
    async with httpx.AsyncClient(transport=transport) as http:
        container = build_container(settings, store, http, clock)
        yield container
        await container.vault.close()
    await store.close()


async def test_of_two_processes_one_asks(world: World, provider: CityProvider, inside: Browser, neighbour: Any) -> None:
    world.clock.advance(minutes=10)
    systems = [world.container, neighbour] * 3
    found = await asyncio.gather(*(container.sessions.principal_of(inside.token) for container in systems))
    assert {principal.id for principal in found} == {"li.na"}
    assert provider.asked["token"] == 2


@pytest.mark.parametrize(
    "fault",
    [None, Response(status_code=503), Response("<html>"), JSONResponse({"error": "invalid_client"}, 401)],
    ids=["away", "failing", "nonsense", "another secret"],
)
async def test_while_the_provider_is_away_sessions_hold_for_60_seconds_and_go_on_when_it_is_back(
    world: World, provider: CityProvider, inside: Browser, fault: Response | None
) -> None:
    provider.down = fault is None
    provider.answers |= {} if fault is None else {"token": fault}
    world.clock.advance(seconds=50)
    assert await inside.works() == 200
    world.clock.advance(seconds=12)
    page = await inside.get("/desk/")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "10"
    assert "暂时连不上单位的登录服务" in page.text
    assert "您没有被退出登录" in page.text
    assert await code(world, inside.token) == (503, "NOT_SIGNED_IN")
    world.clock.advance(minutes=30)
    assert await inside.works() == 503
    provider.down, provider.answers = False, {}
    world.clock.advance(seconds=6)
    assert await inside.works() == 200


async def test_a_provider_that_is_away_is_not_asked_at_every_click(
    world: World, provider: CityProvider, inside: Browser
) -> None:
    provider.down = True
    world.clock.advance(seconds=70)
    before = provider.asked["token"]
    for _ in range(10):
        assert await inside.works() == 503
    assert provider.asked["token"] == before + 1


async def test_a_provider_that_says_nothing_is_as_one_that_is_away(
    world: World, provider: CityProvider, inside: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.slow = asyncio.Event()
    world.clock.advance(seconds=70)
    with monkeypatch.context() as patched:
        patched.setattr("server.auth.oidc.provider._SECONDS", 0.05)
        assert await inside.works() == 503
    provider.slow.set()
    world.clock.advance(seconds=6)
    assert await inside.works() == 200


async def test_a_process_that_died_while_asking_holds_no_one_up_for_long(
    world: World, provider: CityProvider, inside: Browser
) -> None:
    world.clock.advance(seconds=70)
    until = {"lease": {"by": "dead", "until": world.container.clock()}}
    await world.container.store["staff_sessions"].update_one({}, {"$set": until})
    world.clock.advance(seconds=1)
    assert await inside.works() == 200


async def test_anyone_who_goes_away_while_it_is_asked_loses_nothing(
    world: World, provider: CityProvider, inside: Browser
) -> None:
    """A refresh token is used up by asking: the answer has to be kept even where no one waits for it."""
    world.clock.advance(seconds=70)
    provider.slow, before = asyncio.Event(), provider.asked.total()
    asking = asyncio.create_task(world.container.sessions.principal_of(inside.token))
    await until(lambda: provider.asked.total() > before)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    provider.slow.set()
    assert await inside.works() == 200
    world.clock.advance(seconds=70)
    assert await inside.works() == 200


async def test_a_role_that_changed_there_changes_here(world: World, provider: CityProvider, inside: Browser) -> None:
    provider.people["li.na"].groups = ["desk-approvers"]
    world.clock.advance(seconds=45)
    assert "li.na · 复核员" in (await inside.get("/desk/")).text
    links = await world.container.store["audit"].find({"chain": "staff"}).sort([("seq", 1)]).to_list(None)
    assert [link["action"] for link in links] == ["staff.added", "staff.role"]
    assert links[1]["details"] == {"account": "li.na", "from": "agent", "to": "approver"}


async def test_anyone_who_lost_their_role_there_is_out(world: World, provider: CityProvider, inside: Browser) -> None:
    provider.people["li.na"].groups = ["everybody"]
    world.clock.advance(seconds=45)
    assert await inside.works() == 303


async def test_another_person_in_the_answer_ends_the_session(
    world: World, provider: CityProvider, inside: Browser
) -> None:
    provider.forge = lambda claims: provider.sign({**claims, "sub": "sub-another"})
    world.clock.advance(seconds=45)
    assert await inside.works() == 303


async def test_a_session_ends_after_eight_hours_of_work(world: World, provider: CityProvider, inside: Browser) -> None:
    world.clock.advance(hours=7, minutes=59)
    assert await inside.works() == 200
    world.clock.advance(minutes=2)
    assert await inside.works() == 303


async def test_a_session_of_another_provider_is_none(world: World, provider: CityProvider, inside: Browser) -> None:
    await world.container.store["staff_sessions"].update_one({}, {"$set": {"issuer": "https://former.example"}})
    assert await inside.works() == 303


@pytest.mark.parametrize(("away", "reason"), [(False, 4403), (True, 1013)], ids=["disabled", "unreachable"])
async def test_who_listens_hears_no_more(
    world: World,
    provider: CityProvider,
    inside: Browser,
    monkeypatch: pytest.MonkeyPatch,
    away: bool,
    reason: int,
) -> None:
    monkeypatch.setattr(listeners, "_STAFF_LOOK_SECONDS", 0.05)
    async with served(world) as port, opened(port) as websocket:
        await signed_in(websocket, inside.token)
        await send(websocket, type="subscribe", id="1", payload={"query": QUEUE})
        provider.people["li.na"].enabled, provider.down = away, away
        world.clock.advance(seconds=61 if away else 41)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(websocket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == reason


async def test_an_event_stream_ends_as_well(
    world: World, provider: CityProvider, inside: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "_STAFF_LOOK_SECONDS", 0.05)
    headers = {"authorization": f"Bearer {inside.token}", "accept": "text/event-stream"}
    async with (
        served(world) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
        http.stream("POST", "/graphql", json={"query": QUEUE}, headers=headers) as response,
    ):
        provider.people["li.na"].enabled = False
        world.clock.advance(seconds=41)
        told = [line async for line in response.aiter_lines() if line]
        assert '"NOT_SIGNED_IN"' in told[-1]
        assert "event: complete" not in told


async def test_an_event_stream_only_breaks_off_while_it_cannot_be_told(
    world: World, provider: CityProvider, inside: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told to sign in again for a fault of the provider's."""
    monkeypatch.setattr(listeners, "_STAFF_LOOK_SECONDS", 0.05)
    headers = {"authorization": f"Bearer {inside.token}", "accept": "text/event-stream"}
    async with (
        served(world) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
        http.stream("POST", "/graphql", json={"query": QUEUE}, headers=headers) as response,
    ):
        provider.down = True
        world.clock.advance(seconds=61)
        assert [line async for line in response.aiter_lines() if line.strip(":")] == []
        again = await http.post("/graphql", json={"query": QUEUE}, headers=headers)
        assert again.status_code == 503


def test_looks_and_answers_together_are_younger_than_a_minute() -> None:
    from server.auth.staff.revalidation import ASK_AFTER, HOLD

    assert HOLD.total_seconds() <= 60
    assert ASK_AFTER.total_seconds() + listeners._STAFF_LOOK_SECONDS < 60
