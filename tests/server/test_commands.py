"""How many commands an operation sends to MongoDB: never more than its number here, however much there is to list."""

from __future__ import annotations

import pytest

from tests.support.counted import MOST, QUERIES, Counted, counted

__all__ = ["counted"]

MANY = 4


def test_every_question_of_ours_has_its_number() -> None:
    assert {name for part in MOST.values() for name in part} == set(QUERIES)


@pytest.mark.long
async def test_no_question_sends_more_commands_however_much_there_is(counted: Counted) -> None:
    numbers = {name: most for part in MOST.values() for name, most in part.items()}
    await counted.fill(0, 1)
    few = {name: await counted.commands(name) for name in QUERIES}
    await counted.fill(1, MANY)
    many = {name: await counted.commands(name) for name in QUERIES}
    assert {name: sent for name, sent in few.items() if len(sent) > numbers[name]} == {}, "more than its number"
    assert {name: sent for name, sent in many.items() if len(sent) > numbers[name]} == {}, "grows with what it lists"
