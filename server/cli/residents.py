"""`egret register`: the register of residents, as the city delivers it, and how it stands."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoring.identity import mask_id_number, mask_name, mask_phone
from server.citizens.residents.repository import RegisterDeliveryRepository
from server.cli.common import Commands, Failure, database_settings, existing
from server.cli.files import (
    Rejecting,
    Speech,
    add_file_arguments,
    complain_of,
    explain,
    language_of_operator,
    say_rejects,
    say_understood,
    understood,
)
from server.platform.kit.clock import SHANGHAI, day_of, utc_now
from server.platform.kit.progress import progress
from server.sources.files.understanding import Understood
from server.sources.residents.importer import RegisterImported, RegisterImporter, RegisterRefusedError
from server.sources.residents.reading import RESIDENTS, ResidentLine, read


def register(commands: Commands) -> None:
    """`register import` and `register status`."""
    what = "the register of residents, which says who can link"
    actions = commands.add_parser("register", help=what).add_subparsers(required=True)
    stored = "store who lives here (name, ID number, phone, status), as keyed digests that name no person"
    taken = actions.add_parser("import", help=stored)
    add_file_arguments(taken)
    taken.add_argument("--changes", action="store_true", help="the file has who is new or has changed, not everybody")
    taken.add_argument("--fewer", action="store_true", help="it is right that far fewer people are in it than before")
    taken.add_argument("--again", action="store_true", help="store changes once more that are in force already")
    taken.set_defaults(run=import_register)
    shown = actions.add_parser("status", help="how many people the register has, and when it was delivered")
    shown.add_argument("--language", choices=["zh", "en"], default=language_of_operator(), help="of what is printed")
    shown.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    shown.set_defaults(run=show_register)


async def import_register(arguments: Namespace) -> int:
    """Store a file of the register; what is wrong goes to a file that can be corrected and sent again as changes."""
    speech = Speech(arguments.language)
    if not arguments.explain:
        database_settings(arguments.data_dir)  # what is missing there is said before a long file is read
    found = await understood(arguments.file, RESIDENTS, speech)
    if arguments.explain:
        lines = read(found, on=day_of(utc_now()), changes=arguments.changes)
        explain(found, lines, _shown, speech)
        return 0
    affected = 0
    rejects = Rejecting(found, arguments.rejects, speech)
    async with existing(arguments.data_dir) as container:
        importer = RegisterImporter(container.store, container.register.digests, container.clock)
        with progress() as report, rejects:
            try:
                result = await importer.run(
                    found,
                    changes=arguments.changes,
                    report=report,
                    reject=rejects.add,
                    fewer=arguments.fewer,
                    again=arguments.again,
                    dry=arguments.dry_run,
                )
            except RegisterRefusedError as error:
                raise Failure(error.text.in_language(speech.language)) from None
            if not arguments.dry_run:
                affected = await container.residences.settle(report)
    _tell(found, result, rejects.path, speech, dry=arguments.dry_run)
    if affected:
        speech.say("register_affected", affected=affected)
    return 1 if result.rejected else 0


async def show_register(arguments: Namespace) -> int:
    """Say how the register stands; 1 where nobody can bind."""
    speech = Speech(arguments.language)
    async with existing(arguments.data_dir) as container:
        newest = await RegisterDeliveryRepository(container.store).newest()
    if newest is None or not newest["people"]:
        speech.say("register_empty")
        return 1
    at = newest["finished_at"].astimezone(SHANGHAI).isoformat(" ", "minutes")
    speech.say("register_status", people=newest["people"], at=at)
    return 0


def _tell(found: Understood, result: RegisterImported, rejects: Path, speech: Speech, *, dry: bool) -> None:
    complain_of(result.rejects, result.rejected, speech)
    say_understood(found, speech)
    if result.resumed_after:
        speech.say("resumed", line=result.resumed_after, earlier=result.earlier)
    counts = {name: getattr(result, name) for name in ("accepted", "rejected", "ended", "removed", "without_phone")}
    speech.say("register_checked" if dry else "register_done", **counts, people=result.people)
    if result.rejected:
        say_rejects(rejects, speech)


def _shown(line: ResidentLine) -> tuple[int, str]:
    resident = line.resident
    phone = "" if resident.phone is None else mask_phone(resident.phone)
    values = {
        "name": mask_name(resident.name),
        "id_number": mask_id_number(resident.id_number),
        "phone": phone,
        "status": line.status.value,
    }
    return line.number, ", ".join(f"{name}={value}" for name, value in values.items())
