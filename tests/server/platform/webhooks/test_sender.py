"""Events reach their address at least once, signed, with growing pauses, for a week, and hold nobody else up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio

from schema.types.principal import OPERATOR, Caller, Kind
from schema.types.webhook import WebhookEventType, WebhookState
from server.container import Container
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.webhook_signatures import new_secret
from server.platform.kit.networks import networks_of
from server.platform.webhooks import sender as sender_module
from server.platform.webhooks.addresses import transport_of
from server.platform.webhooks.model import EventRow, WebhookRow
from server.platform.webhooks.publishing import Publisher
from server.platform.webhooks.sender import PAUSES, WebhookSender, state_of
from server.platform.webhooks.service import WebhookRegister
from server.web.developers.verify_webhook import is_genuine
from tests.conftest import SetClock
from tests.support.live import until
from tests.support.receiver import Received, Receiver, receiver

LIBRARY = "library"
USED = WebhookEventType.PASS_USED


@pytest_asyncio.fixture
async def receiving(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with receiver(tmp_path) as made:
        yield made


class Post:
    """A partner with an address, and what is sent to it."""

    def __init__(self, container: Container, clock: SetClock, receiving: Receiver) -> None:
        self.container = container
        self.clock = clock
        self.receiving = receiving
        self.register = WebhookRegister(container.store, container.vault, clock, demo=False)
        self.sender = self.another()
        self.id = ""
        self.secret = ""

    def another(self) -> WebhookSender:
        """The sender of one more worker."""
        container = self.container
        transport = partial(transport_of, networks_of("127.0.0.0/8"), self.receiving.authority)
        return WebhookSender(container.store, container.vault, self.clock, container.heartbeats, transport)

    async def add(self, url: str | None = None, owner: str = LIBRARY) -> str:
        self.id, self.secret = await self.register.add(Kind.PARTNER, owner, url or self.receiving.url)
        return self.id

    async def happen(self, *benefits: str, owner: str = LIBRARY) -> None:
        publisher = Publisher(self.container.vault)

        async def body(tx: Transaction) -> None:
            for benefit in benefits:
                await publisher.publish(tx, Kind.PARTNER, owner, USED, {"benefit": benefit})

        await self.container.unit_of_work.run(Caller(OPERATOR), "happen", body)

    async def send(self, sender: WebhookSender | None = None) -> int:
        sender = sender or self.sender
        async with sender.client() as client:
            return await sender.deliver_due(client)

    async def webhook(self) -> WebhookRow:
        row: WebhookRow | None = await self.container.store["webhooks"].find_one({"_id": self.id})
        assert row is not None
        return row

    async def events(self) -> list[EventRow]:
        return await self.container.store["webhook_events"].find({}).sort([("happened_at", 1)]).to_list(None)

    async def state(self) -> WebhookState:
        return state_of(await self.webhook())


@pytest.fixture
def post(container: Container, clock: SetClock, receiving: Receiver) -> Post:
    return Post(container, clock, receiving)


def verified(request: Received, secret: str, now: int) -> dict[str, object]:
    """The event of a request, once the verifier of the guide has found it genuine."""
    assert is_genuine(secret, request.headers, request.body, now)
    found: dict[str, object] = orjson.loads(request.body)
    return found


async def test_what_was_changed_on_the_way_or_is_old_is_not_genuine(post: Post) -> None:
    await post.add()
    await post.happen("library.deposit-free")
    await post.send()
    (request,) = post.receiving.received
    now = int(time.time())
    other = {**request.headers, "webhook-id": "evt_other"}
    assert is_genuine(post.secret, request.headers, request.body, now)
    assert not is_genuine(post.secret, request.headers, request.body + b" ", now)
    assert not is_genuine(post.secret, other, request.body, now)
    assert not is_genuine(post.secret, request.headers, request.body, now + 301)
    assert not is_genuine(new_secret(), request.headers, request.body, now)


async def test_an_event_arrives_once_and_its_signature_is_good(post: Post) -> None:
    await post.add()
    await post.happen("library.deposit-free")
    assert await post.send() == 1
    assert await post.send() == 0
    (request,) = post.receiving.received
    assert request.line == "POST /egret HTTP/1.1"
    found = verified(request, post.secret, int(time.time()))
    assert found == {"type": "pass.used", "timestamp": found["timestamp"], "data": {"benefit": "library.deposit-free"}}
    assert str(found["timestamp"]).startswith("2026-11-23T02:00:00.")
    assert await post.state() is WebhookState.ON


async def test_one_who_listens_to_nothing_of_it_is_told_nothing(post: Post) -> None:
    await post.register.add(Kind.PARTNER, LIBRARY, post.receiving.url, [WebhookEventType.TEST])
    await post.happen("library.deposit-free")
    await post.happen("library.deposit-free", owner="metro")
    assert await post.events() == []


async def test_what_fails_is_tried_again_after_growing_pauses_with_the_same_id_and_body(post: Post) -> None:
    await post.add()
    post.receiving.status = 500
    await post.happen("library.deposit-free")
    for pause in (*PAUSES, PAUSES[-1]):
        assert await post.send() == 1
        assert await post.send() == 0, "it waits"
        post.clock.advance(seconds=pause.total_seconds())
    post.receiving.status = 200
    assert await post.send() == 1
    sent = post.receiving.received
    assert len(sent) == len(PAUSES) + 2
    assert len({(r.headers["webhook-id"], r.body) for r in sent}) == 1
    assert await post.state() is WebhookState.ON


NO_ANSWER: dict[str, tuple[int, str, str]] = {
    "redirects": (302, "location: https://localhost/\r\n", "HTTP 302"),
    "refuses": (400, "", "HTTP 400"),
    "is down": (503, "", "HTTP 503"),
}


@pytest.mark.parametrize("way", NO_ANSWER)
async def test_an_answer_that_is_no_yes_is_kept_by_its_status_alone_and_never_followed(post: Post, way: str) -> None:
    post.receiving.status, post.receiving.headers, told = NO_ANSWER[way]
    await post.add()
    await post.happen("library.deposit-free")
    await post.send()
    (event,) = await post.events()
    assert (event["done"], event["answer"]) == (False, told)
    assert len(post.receiving.received) == 1
    assert await post.state() is WebhookState.FAILING


async def test_an_address_that_answers_slowly_is_left_and_holds_no_other_up(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "TIMEOUT", 2.0)
    post.receiving.slow = 30.0
    await post.add(f"{post.receiving.url}/slow")
    await post.add(owner="metro")
    await post.happen(*["library.deposit-free"] * 5)
    await post.happen(*["metro.discount"] * 5, owner="metro")
    assert await post.send() == 6, "of the slow one the others wait as well: they would fail too"
    assert await post.state() is WebhookState.ON
    answers = [event["answer"] for event in await post.events()]
    assert sorted(answer or "" for answer in answers) == [*[""] * 4, *["HTTP 204"] * 5, "no answer within 2 s"]


async def test_addresses_that_say_yes_slowly_take_turns_with_the_others(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "AT_ONCE", 2)
    monkeypatch.setattr(sender_module, "TURN_SECONDS", 0.3)
    post.receiving.slow = 0.4
    for owner in ("one", "two"):
        await post.add(f"{post.receiving.url}/slow/{owner}", owner)
        await post.happen(*["library.deposit-free"] * 4, owner=owner)
    await post.add(f"{post.receiving.url}/quick", "three")
    await post.happen("library.deposit-free", owner="three")
    assert await post.send() == 9
    order = [request.line for request in post.receiving.received]
    assert order.index("POST /egret/quick HTTP/1.1") <= 4, "it does not wait for all of theirs"


async def test_an_address_that_is_away_is_asked_once_in_a_pause_however_much_waits_or_comes(post: Post) -> None:
    await post.add("https://localhost:1/egret")
    await post.happen(*["library.deposit-free"] * 20)
    assert await post.send() == 1
    await post.happen("metro.discount")
    assert await post.send() == 0
    assert {event["answer"] for event in await post.events()} == {"no connection", None}
    post.clock.advance(seconds=PAUSES[0].total_seconds())
    assert await post.send() == 1


async def test_once_an_address_is_back_everything_that_waited_is_sent(post: Post) -> None:
    await post.add()
    post.receiving.status = 503
    await post.happen("library.deposit-free", "metro.discount")
    for pause in PAUSES:
        await post.send()
        post.clock.advance(seconds=pause.total_seconds())
    post.receiving.status = 200
    assert await post.send() == 2


UNUSABLE = [
    "https://10.20.300.4/egret",
    "https://hooks..example.org/x",
    f"https://{'x' * 64}.example.org/",
    "https://%/",
]


@pytest.mark.parametrize("url", UNUSABLE)
async def test_an_address_that_cannot_be_used_harms_itself_alone(post: Post, url: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        await post.add(url)
    bad = await post.add(f"{post.receiving.url}/other")
    await post.container.store["webhooks"].update_one({"_id": bad}, {"$set": {"url": url}})
    await post.add()
    await post.happen("library.deposit-free")
    assert await post.send() == 2
    assert len(post.receiving.received) == 1
    answers = {event["answer"] for event in await post.events()} - {"HTTP 204"}
    assert answers <= {"the address cannot be used", "its name has no address"}


async def test_a_name_that_leads_inside_is_told_as_such(post: Post, receiving: Receiver) -> None:
    await post.add()
    post.sender._transport = lambda: transport_of((), receiving.authority)
    await post.happen("library.deposit-free")
    await post.send()
    (event,) = await post.events()
    assert event["answer"] == "the name leads to an address that is not allowed"
    assert receiving.received == []


async def test_a_receiver_may_ask_for_a_longer_pause_of_an_hour_at_most(post: Post) -> None:
    await post.add()
    post.receiving.status = 429
    for asked, waits in (("60", 60), ("100000", 3600), ("soon", 120)):
        post.receiving.headers = f"retry-after: {asked}\r\n"
        if not await post.events():
            await post.happen("library.deposit-free")
        now = post.clock()
        await post.send()
        due = (await post.webhook())["next_try"]
        assert timedelta(seconds=waits) <= due - now < timedelta(seconds=waits + 1), asked
        post.clock.now = due


async def fail_for(post: Post, **long: float) -> None:
    """Let the worker try for a while, as often as it does."""
    until = post.clock() + timedelta(**long)
    while post.clock() < until:
        await post.send()
        post.clock.advance(hours=8)


async def test_after_a_week_of_failure_the_address_is_off_and_nothing_is_lost(post: Post) -> None:
    await post.add()
    post.receiving.status = 500
    await post.happen("library.deposit-free")
    await fail_for(post, days=6)
    assert await post.state() is WebhookState.FAILING
    await post.happen("metro.discount")
    await fail_for(post, days=2)
    assert await post.state() is WebhookState.OFF
    await post.happen("sports.discount")
    tried = len(post.receiving.received)
    assert await post.send() == 0
    assert [event["done"] for event in await post.events()] == [True, True, True]

    post.receiving.status = 200
    assert await post.register.turn_on(post.id) == 3
    assert await post.send() == 3
    assert len(post.receiving.received) == tried + 3
    assert await post.state() is WebhookState.ON


async def test_failures_with_quiet_days_between_are_no_week_of_failure(post: Post) -> None:
    await post.add()
    post.receiving.status = 500
    await post.happen("library.deposit-free")
    await post.send()
    await post.container.store["webhook_events"].delete_many({})
    post.clock.advance(days=8)
    await post.happen("metro.discount")
    await post.send()
    assert await post.state() is WebhookState.FAILING
    post.clock.advance(days=8)  # as when no worker ran
    await post.send()
    assert await post.state() is WebhookState.FAILING
    assert [event["done"] for event in await post.events()] == [False]


async def test_an_address_that_says_gone_is_off_at_once(post: Post) -> None:
    await post.add()
    post.receiving.status = 410
    await post.happen("library.deposit-free")
    await post.send()
    assert await post.state() is WebhookState.OFF


async def test_one_event_that_its_receiver_cannot_take_is_given_up_after_a_week_and_the_others_arrive(
    post: Post,
) -> None:
    await post.add()
    post.receiving.refused = b"library.deposit-free"
    await post.happen("library.deposit-free")
    for _ in range(9):
        await fail_for(post, days=1)
        await post.happen("metro.discount")
    await post.send()
    outcomes = [event["outcome"] for event in await post.events()]
    assert outcomes == ["given up", *["delivered"] * 9]
    assert await post.state() is WebhookState.ON


async def test_a_worker_that_dies_leaves_the_event_to_the_next_one(post: Post) -> None:
    await post.add(f"{post.receiving.url}/slow")
    post.receiving.slow = 30.0
    await post.happen("library.deposit-free")
    async with post.sender.client() as client:
        task = asyncio.create_task(post.sender.deliver_due(client))
        await until(lambda: bool(post.receiving.received))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    post.receiving.slow = 0.0
    assert await post.send() == 0, "it is leased"
    post.clock.advance(seconds=61)
    assert await post.send() == 1
    assert len({r.headers["webhook-id"] for r in post.receiving.received}) == 1


async def test_two_workers_do_not_send_an_event_twice(post: Post) -> None:
    await post.add()
    await post.happen(*["library.deposit-free"] * 10)
    await asyncio.gather(post.send(), post.send(post.another()), post.send(post.another()))
    ids = [r.headers["webhook-id"] for r in post.receiving.received]
    assert len(ids) == len(set(ids)) == 10


async def test_a_new_secret_signs_and_the_former_one_for_a_day_more(post: Post) -> None:
    await post.add()
    former = post.secret
    secret = await post.register.new_secret(post.id)
    await post.happen("library.deposit-free")
    await post.send()
    now = int(time.time())
    assert verified(post.receiving.received[-1], former, now) == verified(post.receiving.received[-1], secret, now)
    post.clock.advance(days=1)
    await post.happen("library.deposit-free")
    await post.send()
    now = int(time.time())
    assert verified(post.receiving.received[-1], secret, now)
    with pytest.raises(AssertionError):
        verified(post.receiving.received[-1], former, now)


async def test_a_removed_address_takes_its_events_and_its_key_along(post: Post) -> None:
    await post.add()
    await post.happen("library.deposit-free")
    keys = await post.container.store["data_keys"].count_documents({})
    await post.register.remove(post.id)
    assert await post.events() == []
    assert await post.container.store["data_keys"].count_documents({}) == keys - 1
    assert await post.send() == 0


async def test_an_event_whose_seal_is_broken_harms_itself_alone(post: Post) -> None:
    await post.add()
    await post.happen("library.deposit-free", "metro.discount")
    first = (await post.events())[0]
    await post.container.store["webhook_events"].update_one({"_id": first["_id"]}, {"$set": {"sealed": b"\x00"}})
    await post.send()
    assert len(post.receiving.received) == 1


async def test_the_loop_goes_on_after_a_fault(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    await post.add()
    await post.happen("library.deposit-free")
    real = post.sender.deliver_due
    faults = iter([RuntimeError("once")])

    async def deliver_due(client: httpx.AsyncClient) -> int:
        for fault in faults:
            raise fault
        return await real(client)

    monkeypatch.setattr(post.sender, "deliver_due", deliver_due)
    task = asyncio.create_task(post.sender.run(idle=0.01))
    await until(lambda: bool(post.receiving.received))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
