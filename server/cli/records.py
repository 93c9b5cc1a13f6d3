"""`egret import` and `rescore`: a city's records, and everybody's score."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import TextIO

from schema.types.principal import OPERATOR
from server.cli.common import Commands, Failure, between, complain, existing, say
from server.platform.kit.clock import day_of
from server.platform.kit.progress import progress
from server.sources.files import Reject, is_csv, rejects_writer
from server.sources.importer import Importer


def register(commands: Commands) -> None:
    """`import` and `rescore`."""
    parser = commands.add_parser("import", help="store a delivery of records (NDJSON or CSV, gzipped or not)")
    parser.add_argument("file", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="only check the file; store nothing")
    rejected = "where rejected lines go (beside the file)"
    parser.add_argument("--rejects", type=Path, default=None, metavar="FILE", help=rejected)
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to import into it")
    parser.set_defaults(run=import_records)
    parser = commands.add_parser("rescore", help="reassess everybody; the nightly expiry")
    parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD (today)")
    parser.add_argument("--workers", type=between(1, 256), default=1, help="how many processes (1)")
    parser.add_argument("--chunk", type=between(1, 100_000), default=10_000, help="citizens read at a time (10000)")
    parser.add_argument("--dask", default=None, metavar="ADDRESS", help="a Dask scheduler, such as tcp://host:8786")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to rescore its city")
    parser.set_defaults(run=rescore_city)


async def import_records(arguments: Namespace) -> int:
    """Store a file of records; what is wrong goes to a file that can be corrected and sent again."""
    path: Path = arguments.file
    rejects: Path = arguments.rejects or path.with_name(f"{path.name}.rejects.{'csv' if is_csv(path) else 'ndjson'}")
    async with existing(arguments.data_dir) as container:
        importer = Importer(container.store, container.scheme, container.deliveries)
        with progress() as report, contextlib.ExitStack() as stack:
            reject = Rejecting(path, rejects, stack)
            on = day_of(container.clock())
            result = await importer.run(path, OPERATOR, on=on, report=report, reject=reject, dry=arguments.dry_run)
    for found in result.rejects:
        complain(found)
    if result.resumed_after:
        say(f"taken up after line {result.resumed_after:,}, where an earlier run ended")
    if arguments.dry_run:
        say(f"checked, nothing stored: {result.rejected} rejected")
    else:
        say(
            f"{result.stored} stored, {result.corrected} corrected, {result.unchanged} unchanged, "
            f"{result.refused} refused, {result.rejected} rejected"
        )
    if result.rejected:
        say(f"correct and send again: {rejects}")
    return 1 if result.rejected or result.refused else 0


class Rejecting:
    """Writes rejected lines to a file, which is made with the first of them."""

    def __init__(self, source: Path, path: Path, stack: contextlib.ExitStack) -> None:
        self._source, self._path, self._stack = source, path, stack
        self._file: TextIO | None = None

    def __call__(self, reject: Reject) -> None:
        if self._file is None:
            self._file = self._stack.enter_context(rejects_writer(self._path, self._source))
        self._file.write(reject.raw if reject.raw.endswith("\n") or not reject.raw else reject.raw + "\n")


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
