"""`extensions.cost`: what a request cost, what is left of the minute, and when to come again."""

from __future__ import annotations

from server.platform.kit.json import JsonObject
from tests.support.world import World

ASKED = "{ scheme { base } }"


async def answered(world: World, query: str = ASKED) -> JsonObject:
    response = await world.http.post("/graphql", json={"query": query})
    found: JsonObject = response.json()
    return found


async def test_an_answer_says_what_it_cost_and_what_is_left(world: World) -> None:
    world.allow(10_000)
    first = (await answered(world))["extensions"]["cost"]
    again = (await answered(world))["extensions"]["cost"]
    assert first["left"] == 10_000 - first["spent"]
    assert again["left"] == first["left"] - again["spent"]
    assert first["spent"] > again["spent"] > 0  # the document is known by now, and not read again
    assert first["retryAfter"] is again["retryAfter"] is None


async def test_a_caller_who_asked_too_much_is_told_when_to_come_again(world: World) -> None:
    world.allow(300)
    while "data" in (answer := await answered(world)):
        assert answer["extensions"]["cost"]["left"] >= 0
    assert answer["errors"][0]["extensions"]["code"] == "TOO_MUCH"
    cost = answer["extensions"]["cost"]
    assert (cost["spent"], 0 < cost["retryAfter"] <= 60, 0 <= cost["left"] < 300) == (0, True, True)


async def test_what_anybody_may_keep_says_nothing_of_one_caller(world: World) -> None:
    kept = await world.http.get("/graphql", params={"query": ASKED})
    assert "extensions" not in kept.json()
    assert "public" in kept.headers["cache-control"]
