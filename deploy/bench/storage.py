"""What a city takes in the database: bytes of documents and of indexes, by collection, and for each citizen.

    python deploy/bench/storage.py [--citizens 2000]

The synthetic city of the demo, with its records, statements, disputes and audit chains; sizes are those of MongoDB's
collStats, before its compression, since most of it is ciphertext.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

from server.container import Container, open_container
from server.container.collections import COLLECTIONS
from server.demo.city import seed_city
from server.platform.kit.progress import progress
from server.settings import Settings, demo_secrets, demo_settings

EMPTY = 20 * 1024
"""What an index with hardly anything in it takes; not counted."""
EACH = {"citizens": "citizen", "records": "record", "assessments": "statement", "disputes": "dispute", "audit": "link"}


async def sizes(container: Container) -> dict[str, tuple[int, int, int]]:
    """By collection: documents, bytes of them, bytes of their indexes."""
    await container.store.database.client.admin.command("fsync")  # sizes are known as of the last checkpoint
    found = {}
    for name in sorted(COLLECTIONS):
        stats: dict[str, Any] = await container.store.database.command("collStats", name)
        if stats["count"]:
            indexes = sum(max(0, size - EMPTY) for size in stats["indexSizes"].values())
            found[name] = (int(stats["count"]), int(stats["size"]), int(indexes))
    return found


async def main() -> None:
    """Print the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citizens", type=int, default=2000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        async with open_container(settings) as container:
            with progress() as report:
                await seed_city(container, given.citizens, demo_secrets(settings.data_dir), report)
            found = await sizes(container)
            enrolled = await container.store["citizens"].count_documents({"enrolment": {"$ne": None}})
    print(f"{given.citizens:,} citizens, {enrolled:,} of them enrolled")
    print(f"{'collection':>20} {'documents':>10} {'bytes each':>11} {'indexes each':>13}")
    for name, (count, size, indexes) in found.items():
        print(f"{name:>20} {count:>10,} {size / count:>11,.0f} {indexes / count:>13,.0f}")
    for name, one in EACH.items():
        if name in found:
            count, size, indexes = found[name]
            print(f"a {one}: {size / count / 1024:.3f} KiB of data, {indexes / count / 1024:.3f} KiB of indexes")


if __name__ == "__main__":
    asyncio.run(main())
