"""The door to work: paid before it is done, whether it is good for anything or not."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest

from schema.engine.documents import Documents
from schema.types.errors import RefusalCode, Refused
from server.platform.core.unit_of_work import A_DAY
from server.platform.kit.fair_queue import FairQueue
from tests.support.h5 import log_in
from tests.support.live import heard, opened, send, served, signed_in
from tests.support.people import YING, record
from tests.support.photos import opened as opened_file
from tests.support.photos import photo
from tests.support.world import Chat, World

UNKNOWN = "{ scheme { base } #%d\n}"


def code_of(answer: dict[str, Any]) -> str | None:
    """The code of its first error."""
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None


@pytest.mark.parametrize(
    "document",
    [
        "{ nothing { here } #%d\n}",
        "{ scheme #%d",
        "#%d" + "\n#" * 15_000,
        "{" * 60_000 + "#%d",
        "{ a" + " a" * 3000 + " #%d\n}",
        '{ a(b: "' + "x" * 60_000 + '") #%d\n}',
    ],
    ids=["does not fit", "no document", "remarks", "brackets", "long", "a string"],
)
async def test_what_is_not_valid_is_paid_for_too(world: World, document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its length: what reading takes besides is a matter of the machine."""
    monkeypatch.setattr("server.platform.core.admission.COST_OF_MS", 0)
    world.allow(25_000)
    codes = [code_of(await world.ask(document % n)) for n in range(300)]
    assert codes[0] == "BAD_INPUT"
    assert codes[-1] == "TOO_MUCH"


async def test_what_is_known_goes_on_when_reading_costs_too_much(world: World) -> None:
    known = UNKNOWN % 0
    assert code_of(await world.ask(known)) is None
    world.allow(150)
    assert code_of(await world.ask(UNKNOWN % 1 + " #" * 2000)) == "TOO_MUCH"
    assert code_of(await world.ask(known)) is None


async def test_the_event_loop_reads_no_document_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, where = Documents.read, set()

    def noted(self: Documents, text: str) -> Any:
        where.add(threading.current_thread())
        return honest(self, text)

    monkeypatch.setattr(Documents, "read", noted)
    assert code_of(await world.ask(UNKNOWN % 0)) is None
    assert len(where) == 1
    assert threading.current_thread() not in where


async def test_a_document_that_many_send_at_once_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, times = Documents.read, []

    def noted(self: Documents, text: str) -> Any:
        times.append(text)
        return honest(self, text)

    monkeypatch.setattr(Documents, "read", noted)
    answers = await asyncio.gather(*(world.ask(UNKNOWN % 0) for _ in range(4)))
    assert [code_of(answer) for answer in answers] == [None] * 4
    assert len(times) == 1


async def test_there_is_a_bound_to_what_waits_to_be_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, honest = threading.Event(), Documents.read

    def slow(self: Documents, text: str) -> Any:
        go_on.wait(30)
        return honest(self, text)

    monkeypatch.setattr(Documents, "read", slow)
    world.container.admission._queue = FairQueue(1, most_of_one=4)
    asked = [asyncio.create_task(world.ask(UNKNOWN % n)) for n in range(12)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert {code_of(task.result()) for task in done} == {"TOO_MUCH"}
    go_on.set()
    codes = [code_of(answer) for answer in await asyncio.gather(*asked)]
    assert codes.count(None) == 5  # one was being read, and four of one address may wait


async def test_the_socket_goes_through_the_same_door(world: World) -> None:
    world.allow(1)
    async with served(world) as port, opened(port) as websocket:
        await signed_in(websocket)
        await send(websocket, id="1", type="subscribe", payload={"query": UNKNOWN % 0})
        assert (await heard(websocket))["payload"][0]["extensions"]["code"] == "TOO_MUCH"


async def test_cards_letters_photos_and_files_go_through_the_same_door(world: World) -> None:
    chat = Chat(world)
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    asked = {"openid": "o-test", "kind": "text", "content": "查询"}
    card = (await world.http.post("/simulator/send", json=asked)).json()["results"][0].get("picture")
    token = world.container.signed_tokens.issue("evidence", {"evidence": "none"}, timedelta(minutes=1))[0]
    world.allow(1)
    if card is not None:  # a machine without a Chinese font has none
        refused = await world.http.get(card)
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
    assert (await world.http.get(f"/h5/evidence/{token}")).status_code == 429
    await log_in(world, chat.openid)
    assert (await world.http.get("/h5/")).status_code == 429
    assert (await world.http.post("/desk/sign-in", data={"account": "a", "password": "b"})).status_code == 429


async def test_a_file_is_paid_for_by_its_citizen(world: World) -> None:
    me = await world.enrol(YING)
    world.allow(400_000)
    await world.container.admission.spend(me, "", 399_000)
    with pytest.raises(Refused) as over, opened_file(photo()) as file:
        await world.container.evidence.put_in_box(me, "box", file)
    assert over.value.code is RefusalCode.TOO_MUCH


@pytest.mark.parametrize("action", A_DAY)
def test_what_is_bounded_a_day_leaves_room_for_ordinary_people(action: str) -> None:
    assert A_DAY[action] >= 20


async def test_switching_an_item_all_day_ends(world: World) -> None:
    token = await world.bound_token()
    document = """mutation($d: Boolean!) { declineItem(input: {rule: "blood-donation", declined: $d}) {
        __typename ... on TooManyTriesRefusal { refusalCode retryAfter } } }"""
    asked = await world.ask("{ me { optionalItems { edges { node { rule { code } } } } } }", token=token)
    rule = asked["data"]["me"]["optionalItems"]["edges"][0]["node"]["rule"]["code"]
    document = document.replace("blood-donation", rule)
    answers = [
        (await world.ask(document, token=token, key=f"k{n}", d=bool(n % 2)))["data"]["declineItem"] for n in range(22)
    ]
    kinds = [answer["__typename"] for answer in answers]
    assert kinds == ["DeclineItemSuccess"] * 20 + ["TooManyTriesRefusal"] * 2
    assert answers[-1]["refusalCode"] == "DAILY_LIMIT"
    again = await world.ask(document, token=token, key="k3", d=True)
    assert again["data"]["declineItem"]["__typename"] == "DeclineItemSuccess"  # a retry is none of it
    world.clock.advance(days=1, minutes=1)
    token = await world.mini_program()
    after = await world.ask(document, token=token, key="next day", d=True)
    assert after["data"]["declineItem"]["__typename"] == "DeclineItemSuccess"
