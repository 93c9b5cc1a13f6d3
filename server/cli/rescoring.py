"""`egret rescore`: everybody's score."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path

from server.cli.common import Commands, Failure, between, existing, say
from server.platform.kit.clock import day_of
from server.platform.kit.progress import progress


def register(commands: Commands) -> None:
    """`rescore`."""
    parser = commands.add_parser("rescore", help="reassess everybody; the nightly expiry")
    parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD (today)")
    parser.add_argument("--workers", type=between(1, 256), default=1, help="how many processes (1)")
    parser.add_argument("--chunk", type=between(1, 100_000), default=10_000, help="citizens read at a time (10000)")
    parser.add_argument("--dask", default=None, metavar="ADDRESS", help="a Dask scheduler, such as tcp://host:8786")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to rescore its city")
    parser.set_defaults(run=rescore_city)


async def rescore_city(arguments: Namespace) -> int:
    """Reassess everybody as of a day; what an earlier run left undone is taken up."""
    from server.jobs.rescore.executors import executor  # here, because Arrow takes a while to load
    from server.jobs.rescore.run import rescore
    from server.jobs.rescore.worker import job_of

    async with existing(arguments.data_dir) as container:
        job = job_of(container, arguments.as_of or day_of(container.clock()), arguments.data_dir)
        with progress() as report, executor(arguments.workers, arguments.dask) as workers:
            try:
                done = await rescore(container, workers, job, report, chunk=arguments.chunk)
            except (ValueError, OSError):
                raise
            except Exception as error:  # a process that was killed, a Dask worker that went away, the database
                raise Failure(
                    f"A worker failed ({type(error).__name__}). Run this again: it goes on where it stopped."
                ) from None
    say(f"{done.citizens:,} citizens, {done.records:,} records, {done.changed:,} scores changed as of {job.as_of}")
    return 0
