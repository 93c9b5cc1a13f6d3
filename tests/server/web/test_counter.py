"""The demo's counter: yes once, then no; every no looks the same, and nothing is said of the person."""

from __future__ import annotations

import re

import pytest

from schema.types.principal import Caller
from server.web.simulator.words import WORDS
from tests.support.people import RECORDS, YING
from tests.support.world import World

PATH = "/simulator/counter"


async def verdict(world: World, partner: str, code: str, language: str = "en") -> str:
    """What the counter is told."""
    answer = await world.http.post(f"{PATH}?lang={language}", data={"partner": partner, "code": code})
    (found,) = re.findall(r'role="status">([^<]+)<', answer.text)
    assert YING.name not in answer.text
    return str(found)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_pass_is_good_once_and_every_no_looks_the_same(world: World, language: str) -> None:
    citizen = await world.enrol(YING, *RECORDS)
    taken = await world.container.services.benefits.issue_pass(Caller(citizen), "library.deposit-free")
    yes, no = (WORDS[f"counter_{word}"].in_language(language) for word in ("yes", "no"))
    assert taken.code is not None
    assert await verdict(world, "fz-metro", taken.code, language) == no
    assert await verdict(world, "fz-library", taken.code, language) == yes
    assert await verdict(world, "fz-library", taken.code, language) == no
    assert await verdict(world, "fz-library", "NO SUCH PASS", language) == no


async def test_there_is_no_counter_of_a_body_that_is_no_partner(world: World) -> None:
    answer = await world.http.post(PATH, data={"partner": "casino", "code": "X"})
    assert answer.status_code == 400


async def test_another_site_checks_no_pass_here(world: World) -> None:
    sent = {"partner": "fz-library", "code": "X"}
    answer = await world.http.post(PATH, data=sent, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 400
