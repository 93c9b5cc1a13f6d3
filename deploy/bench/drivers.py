"""Find-by-id on Motor and on PyMongo Async over the embedded server: operations a second and CPU a operation."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Literal

from server.platform.db import Store, open_store
from server.platform.db.embedded import embedded_mongod

DRIVERS: tuple[Literal["motor", "pymongo"], ...] = ("motor", "pymongo")
SECONDS = 2.0
PASSES = 3


async def measure(store: Store, concurrency: int) -> tuple[float, float]:
    """Operations a second, and CPU microseconds of this process for each."""
    done = 0
    until = time.perf_counter() + SECONDS

    async def loop() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await store["bench"].find_one({"_id": done % 1000})
            done += 1

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(loop() for _ in range(concurrency)))
    taken = time.perf_counter() - began
    return done / taken, (time.process_time() - cpu) / done * 1e6


async def main() -> None:
    """Passes alternate between the drivers; the median is printed."""
    with tempfile.TemporaryDirectory() as folder:
        async with embedded_mongod(Path(folder)) as uri:
            stores = {driver: open_store(uri, "bench", driver) for driver in DRIVERS}
            await stores["motor"]["bench"].insert_many([{"_id": n, "value": n} for n in range(1000)])
            print(f"{'at once':>8} {'driver':>8} {'ops/s':>8} {'CPU µs':>8}")
            for concurrency in (1, 32, 200):
                found: dict[str, list[tuple[float, float]]] = {driver: [] for driver in DRIVERS}
                for _ in range(PASSES):
                    for driver in DRIVERS:
                        found[driver].append(await measure(stores[driver], concurrency))
                rates = {d: statistics.median(rate for rate, _ in found[d]) for d in DRIVERS}
                for driver in DRIVERS:
                    cpu = statistics.median(cpu for _, cpu in found[driver])
                    print(f"{concurrency:>8} {driver:>8} {rates[driver]:>8.0f} {cpu:>8.0f}")
                print(f"{'':>8} motor / pymongo: {rates['motor'] / rates['pymongo']:.2f}")
            for store in stores.values():
                await store.close()


if __name__ == "__main__":
    asyncio.run(main())
