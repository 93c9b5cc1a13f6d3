"""Work that ends on a whole step of time, however long it took."""

from __future__ import annotations

import asyncio

import pytest

from server.platform.kit.timing import even


@pytest.mark.parametrize(("took", "rest"), [(0.0, 0.1), (0.03, 0.07), (0.1, 0.1), (0.25, 0.05)])
@pytest.mark.parametrize("fails", [False, True])
async def test_work_ends_on_a_whole_step(
    monkeypatch: pytest.MonkeyPatch, took: float, rest: float, fails: bool
) -> None:
    waited: list[float] = []
    now = 0.0

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def work() -> None:
        nonlocal now
        async with even(0.1):
            now += took
            if fails:
                raise ValueError

    if fails:
        with pytest.raises(ValueError):  # noqa: PT011 - its own
            await work()
    else:
        await work()
    monkeypatch.undo()
    assert waited == [pytest.approx(rest)]
