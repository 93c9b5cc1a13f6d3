"""The demo's clock goes on as it is told: deadlines pass in minutes, and it stands there again after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.cli.main import main
from server.demo.clock import ClockGoesBackError, DemoClock
from server.demo.people import developer_openid
from server.platform.kit.clock import day_of, utc_now
from tests.support.demo import Demo
from tests.support.world import World


def test_it_goes_on_and_never_back() -> None:
    clock = DemoClock()
    today = day_of(clock())
    clock.move_to(today + timedelta(days=40))
    assert day_of(clock()) == today + timedelta(days=40)
    for back in (timedelta(days=-1), timedelta(seconds=-1)):
        with pytest.raises(ClockGoesBackError, match="does not go back"):
            clock.move(back)
    with pytest.raises(ClockGoesBackError):
        clock.move_to(today)


async def test_where_it_stands_is_kept(world: World) -> None:
    clock, again = DemoClock(), DemoClock()
    clock.move(timedelta(days=3, hours=2))
    await clock.keep(world.container.store)
    await again.load(world.container.store)
    assert again.ahead == clock.ahead


DISPUTES = "{ me { disputes { edges { node { state lapsed } } } } }"


def disputes(base: str) -> list[dict[str, Any]]:
    """Those of the first of the developers' people who has any."""
    for place in range(1, 9):
        token = httpx.get(f"{base}/simulator/token", params={"openid": developer_openid(place)}).text.strip()
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(f"{base}/graphql", json={"query": DISPUTES}, headers=headers).json()
        edges = answer["data"]["me"]["disputes"]["edges"]
        if edges:
            return [edge["node"] for edge in edges]
    raise AssertionError("no one of them has a dispute")


@pytest.mark.long
def test_a_deadline_that_has_passed_decides_for_the_citizen_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "egret"
    begins = day_of(utc_now()) + timedelta(days=100)
    first = Demo(data, "--now", begins.isoformat())
    base = first.base_url()
    assert datetime.fromisoformat(httpx.get(f"{base}/simulator/clock").json()["now"]).date() == begins
    waiting = disputes(base).index({"state": "SUBMITTED", "lapsed": False})
    wrong: Any
    for wrong in ({"days": -1}, {"days": 401}, {"days": "soon"}, {}, []):
        assert httpx.post(f"{base}/simulator/clock", json=wrong).status_code == 400
    moved = httpx.post(f"{base}/simulator/clock", json={"days": 40}).json()["now"]
    assert datetime.fromisoformat(moved).date() == begins + timedelta(days=40)
    assert disputes(base)[waiting] == {"state": "RESOLVED", "lapsed": True}
    first.stop()

    second = Demo(data)
    again = httpx.get(f"{second.base_url()}/simulator/clock").json()["now"]
    assert datetime.fromisoformat(again).date() == begins + timedelta(days=40)
    second.stop()
    assert main(["demo", "--no-open", "--port", "0", "--data-dir", str(data), "--now", begins.isoformat()]) == 1
    assert "does not go back" in capsys.readouterr().err
