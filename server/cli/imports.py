"""`egret import`: files of records as offices send them, and what was understood of one."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from schema.types.principal import OPERATOR
from scoring.identity import mask_id_number
from server.cli.common import Commands, UsageError, database_settings, existing
from server.cli.files import (
    Rejecting,
    Speech,
    add_file_arguments,
    complain_of,
    explain,
    say_rejects,
    say_understood,
    understood,
)
from server.platform.kit.clock import day_of, utc_now
from server.platform.kit.progress import progress
from server.settings import Settings
from server.sources.files.columns import RECORDS
from server.sources.files.faults import Line
from server.sources.files.reading import read
from server.sources.files.understanding import Understood
from server.sources.importer import Imported, Importer


def register(commands: Commands) -> None:
    """`import`."""
    what = "store a delivery of records (CSV, NDJSON or XLSX; UTF-8, UTF-16 or GB18030; gzipped or not)"
    parser = commands.add_parser("import", help=what)
    add_file_arguments(parser)
    city = "explain: of which city, a scheme that ships or a folder (EGRET_SCHEME)"
    parser.add_argument("--scheme", default=None, help=city)
    parser.set_defaults(run=import_records)


async def import_records(arguments: Namespace) -> int:
    """Store a file of records; what is wrong goes to a file that can be corrected and sent again."""
    speech = Speech(arguments.language)
    if not arguments.explain:
        database_settings(arguments.data_dir)  # what is missing there is said before a long file is read
    found = await understood(arguments.file, RECORDS, speech)
    if arguments.explain:
        settings = Settings(scheme=arguments.scheme) if arguments.scheme else Settings()
        if not settings.scheme:
            raise UsageError("--explain needs to know the city: give --scheme, or set EGRET_SCHEME")
        explain(found, read(found, settings.load_scheme(), on=day_of(utc_now())), _shown, speech)
        return 0
    rejects = Rejecting(found, arguments.rejects, speech)
    async with existing(arguments.data_dir) as container:
        importer = Importer(container.store, container.scheme, container.deliveries)
        with progress() as report, rejects:
            result = await importer.run(
                found,
                OPERATOR,
                on=day_of(container.clock()),
                report=report,
                reject=rejects.add,
                dry=arguments.dry_run,
            )
    _tell(found, result, rejects.path, speech, dry=arguments.dry_run)
    return 1 if result.rejected or result.refused else 0


def _tell(found: Understood, result: Imported, rejects: Path, speech: Speech, *, dry: bool) -> None:
    back = result.rejected + result.refused + result.held
    complain_of(result.rejects, back, speech)
    say_understood(found, speech)
    if result.resumed_after:
        speech.say("resumed", line=result.resumed_after, earlier=result.earlier)
    if dry:
        speech.say("checked", accepted=result.accepted, rejected=result.rejected)
    else:
        names = ("stored", "corrected", "unchanged", "refused", "rejected")
        counts = {name: str(getattr(result, name)) for name in names}
        speech.say("done", **counts)
        if result.held:
            speech.say("held", held=result.held)
    if back:
        say_rejects(rejects, speech)


def _shown(line: Line) -> tuple[int, str]:
    record = line.delivery.record
    values = {
        "id": record.id,
        "resident": mask_id_number(line.delivery.resident),
        "source": record.source,
        "rule": record.rule,
        "class": record.data_class.value,
        "occurred_on": record.occurred_on,
        "reported_on": record.reported_on,
        "final": str(record.final).lower(),
        **{f"facts.{name}": value for name, value in record.facts.items()},
    }
    return line.number, ", ".join(f"{name}={value}" for name, value in values.items())
