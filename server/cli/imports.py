"""`egret import`: files of records as offices send them, and what was understood of one."""

from __future__ import annotations

import asyncio
import filecmp
import os
import sys
from argparse import Namespace
from contextlib import ExitStack
from itertools import count, islice
from pathlib import Path
from types import TracebackType
from typing import Self

from schema.types.principal import OPERATOR
from scoring.identity import mask_id_number
from scoring.sentences import Sentences
from server.cli.common import Commands, Failure, database_settings, existing, say
from server.platform.kit.clock import day_of, utc_now
from server.platform.kit.progress import progress
from server.settings import Settings
from server.sources.files.columns import REASON
from server.sources.files.faults import Line, Reject, UnreadableDeliveryError
from server.sources.files.reading import read
from server.sources.files.rejects import AddReject, rejects_path, rejects_writer
from server.sources.files.understanding import Understood, understand
from server.sources.importer import Imported, Importer

_SENTENCES = Sentences(Path(__file__).with_name("imports.toml"))
_MOST_SHOWN = 100
_FIRST = 5


def register(commands: Commands) -> None:
    """`import`."""
    what = "store a delivery of records (CSV, NDJSON or XLSX; UTF-8, UTF-16 or GB18030; gzipped or not)"
    parser = commands.add_parser("import", help=what)
    parser.add_argument("file", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="only check the file; store nothing")
    explained = "only print how the file is understood, and its first lines; needs no database"
    parser.add_argument("--explain", action="store_true", help=explained)
    rejected = "where lines go that were rejected or refused (beside the file)"
    parser.add_argument("--rejects", type=Path, default=None, metavar="FILE", help=rejected)
    language = "of what is printed and of the reasons in the file of rejects (that of LANG)"
    parser.add_argument("--language", choices=["zh", "en"], default=_language(), help=language)
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to import into it")
    parser.set_defaults(run=import_records)


def _language() -> str:
    """The operator's language, as POSIX has it: the first of these that is set."""
    set_one = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if set_one.startswith("zh") else "en"


class _Speech:
    """Says things in the operator's language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def text(self, code: str, /, **details: str | int) -> str:
        """A sentence."""
        shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in details.items()}
        return _SENTENCES.fill(code, **shown).in_language(self.language)

    def say(self, code: str, /, **details: str | int) -> None:
        """A sentence on standard output."""
        say(self.text(code, **details))

    def complain(self, reject: Reject) -> None:
        """A line that was not stored, on standard error."""
        words = reject.text.in_language(self.language)
        print(self.text("line", line=str(reject.line), reason=reject.reason, text=words), file=sys.stderr)  # noqa: T201


async def import_records(arguments: Namespace) -> int:
    """Store a file of records; what is wrong goes to a file that can be corrected and sent again."""
    speech = _Speech(arguments.language)
    if not arguments.explain:
        database_settings(arguments.data_dir)  # what is missing there is said before a long file is read
    try:
        with progress() as report:
            found = await asyncio.to_thread(understand, arguments.file, report)
    except UnreadableDeliveryError as error:
        raise Failure(error.text.in_language(speech.language)) from None
    if arguments.explain:
        _explain(found, speech)
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


class Rejecting:
    """Writes lines that were not stored to a file, which is made with the first of them.

    It gets its name when it is whole. Without a name of the operator's, one that is there already stays, unless it is
    the same: its lines may be corrected.
    """

    def __init__(self, found: Understood, named: Path | None, speech: _Speech) -> None:
        self._found = found
        self._language = speech.language
        self._named = named is not None
        self.path = named or rejects_path(found)
        if self.path.exists() and self.path.samefile(found.path):
            raise Failure(speech.text("same_file"))
        self._part = self.path.with_name(f"{self.path.name}.part")
        self._stack = ExitStack()
        self._add: AddReject | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if self._add is None or kind is not None:
            return
        if not self._named:
            self.path = _free(self.path, self._part)
        self._part.replace(self.path)

    def add(self, reject: Reject) -> None:
        """Write one more."""
        if self._add is None:
            self._add = self._stack.enter_context(rejects_writer(self._part, self._found, self._language))
        self._add(reject)


def _free(path: Path, part: Path) -> Path:
    """The name, or with a number where it is taken by something else."""
    before, _, ending = path.name.rpartition(".rejects.")
    names = (path if n == 1 else path.with_name(f"{before}.rejects-{n}.{ending}") for n in count(1))
    return next(name for name in names if not name.exists() or filecmp.cmp(name, part, shallow=False))


def _tell(found: Understood, result: Imported, rejects: Path, speech: _Speech, *, dry: bool) -> None:
    for reject in result.rejects[:_MOST_SHOWN]:
        speech.complain(reject)
    back = result.rejected + result.refused
    if back > _MOST_SHOWN:
        print(speech.text("more", count=back - _MOST_SHOWN), file=sys.stderr)  # noqa: T201
    packed = speech.text("packed") if found.packed else ""
    form = ", ".join(filter(None, (found.form.value, None if found.coding is None else found.coding.name)))
    speech.say("understood", form=form, packed=packed, lines=found.lines)
    for note in found.notes:
        say(note.in_language(speech.language))
    if result.resumed_after:
        speech.say("resumed", line=result.resumed_after, earlier=result.earlier)
    if dry:
        speech.say("checked", accepted=result.accepted, rejected=result.rejected)
    else:
        names = ("stored", "corrected", "unchanged", "refused", "rejected")
        counts = {name: str(getattr(result, name)) for name in names}
        speech.say("done", **counts)
    if back:
        speech.say("rejects", column=REASON, path=str(rejects))


def _explain(found: Understood, speech: _Speech) -> None:
    """Print how a file is understood, and its first lines as they are read."""
    speech.say("form", form=found.form.value, packed=speech.text("packed") if found.packed else "")
    if found.coding is not None:
        speech.say("coding", coding=found.coding.name)
    if found.separator:
        speech.say("separator", separator=speech.text("tab") if found.separator == "\t" else found.separator)
    if found.table is not None:
        speech.say("header", line=found.table.line)
        for column, field in zip(found.table.header, found.table.fields, strict=True):
            if column.strip():
                read_as = speech.text("not_read") if field is None or field == REASON else field
                speech.say("column", column=column.strip(), field=read_as)
    speech.say("lines", lines=found.lines)
    for note in found.notes:
        say(note.in_language(speech.language))
    speech.say("first")
    for line in islice(read(found, Settings().load_scheme(), on=day_of(utc_now())), _FIRST):
        if isinstance(line, Reject):
            text = line.text.in_language(speech.language)
            say("  " + speech.text("line", line=str(line.line), reason=line.reason, text=text))
        else:
            say("  " + speech.text("accepted", line=str(line.number), values=_shown(line)))


def _shown(line: Line) -> str:
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
    return ", ".join(f"{name}={value}" for name, value in values.items())
