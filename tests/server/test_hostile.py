"""Hostile documents over HTTP: each is refused with a code or answered. The benchmark times the same ones."""

from __future__ import annotations

import runpy

from tests.support.paths import DEPLOY
from tests.support.world import World

BODIES: dict[str, bytes] = runpy.run_path(str(DEPLOY / "bench" / "hostile.py"), run_name="bench")["bodies"]()


async def test_there_are_fifty() -> None:
    assert len(BODIES) >= 50
    assert max(map(len, BODIES.values())) <= 64 * 1024


async def test_none_is_a_fault_of_ours(world: World) -> None:
    refused = 0
    for what, body in BODIES.items():
        answer = await world.http.post("/graphql", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (200, 400), what
        for error in answer.json().get("errors", ()):
            assert error["extensions"]["code"] in ("BAD_INPUT", "NOT_FOUND"), what
            refused += 1
    assert refused >= 45


async def test_none_stays_in_the_cache(world: World) -> None:
    documents = world.container.schema.documents
    before = len(documents._kept)
    for what in ("chain of 30 by 4", "60 aliases", "2000 typing errors", "ring of 60"):
        await world.http.post("/graphql", content=BODIES[what], headers={"content-type": "application/json"})
    assert len(documents._kept) == before
