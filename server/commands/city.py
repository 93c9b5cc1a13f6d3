"""`egret import`, `source`, `partner` and `rescore`: a city's records, who reports, partners, everybody's score."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from pathlib import Path
from typing import TextIO

from schema.principal import OPERATOR
from server.commands.common import Failure, complain, existing, say
from server.commands.register import change_partner, change_register
from server.platform.kit.clock import day_of
from server.platform.kit.progress import progress
from server.sources.files import Reject, is_csv, rejects_writer
from server.sources.importer import Importer


async def import_records(arguments: Namespace) -> int:
    """Store a file of records; what is wrong goes to a file that can be corrected and sent again."""
    path: Path = arguments.file
    rejects: Path = arguments.rejects or path.with_name(f"{path.name}.rejects.{'csv' if is_csv(path) else 'ndjson'}")
    async with existing(arguments.data_dir) as system:
        importer = Importer(system.store, system.scheme, system.deliveries)
        with progress() as report, contextlib.ExitStack() as stack:
            reject = Rejecting(path, rejects, stack)
            on = day_of(system.clock())
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


async def source(arguments: Namespace) -> int:
    """The register of reporting entities."""
    async with existing(arguments.data_dir) as system:
        say(await change_register(system, arguments))
    return 0


async def partner(arguments: Namespace) -> int:
    """The keys of a partner."""
    async with existing(arguments.data_dir) as system:
        say(await change_partner(system, arguments))
    return 0


async def rescore_city(arguments: Namespace) -> int:
    """Reassess everybody as of a day; what an earlier run left undone is taken up."""
    from server.jobs.rescore.executors import executor  # here, because Arrow takes a while to load
    from server.jobs.rescore.run import rescore
    from server.jobs.rescore.worker import job_of

    async with existing(arguments.data_dir) as system:
        job = job_of(system, arguments.as_of or day_of(system.clock()), arguments.data_dir)
        with progress() as report, executor(arguments.workers, arguments.dask) as workers:
            try:
                done = await rescore(system, workers, job, report, chunk=arguments.chunk)
            except (ValueError, OSError):
                raise
            except Exception as error:  # a process that was killed, a Dask worker that went away, the database
                raise Failure(
                    f"A worker failed ({type(error).__name__}). Run this again: it goes on where it stopped."
                ) from None
    say(f"{done.citizens:,} citizens, {done.records:,} records, {done.changed:,} scores changed as of {job.as_of}")
    return 0
