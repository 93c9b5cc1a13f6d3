"""What commands that read files share: arguments, the operator's language, rejects, and how a file is explained."""

from __future__ import annotations

import asyncio
import filecmp
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from itertools import count, islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from scoring.sentences import Sentences
from server.cli.common import Failure, say
from server.platform.kit.progress import progress
from server.sources.files.columns import REASON, Columns
from server.sources.files.faults import Reject, UnreadableDeliveryError
from server.sources.files.rejects import AddReject, rejects_path, rejects_writer
from server.sources.files.understanding import Understood, understand

_SENTENCES = Sentences(Path(__file__).with_name("imports.toml"))
_MOST_SHOWN = 100
_FIRST = 5
LineT = TypeVar("LineT")


def add_file_arguments(parser: ArgumentParser) -> None:
    """The arguments of a command that imports a file."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="only check the file; store nothing")
    explained = "only print how the file is understood, and its first lines; needs no database"
    parser.add_argument("--explain", action="store_true", help=explained)
    rejected = "where lines go that were rejected or refused (beside the file)"
    parser.add_argument("--rejects", type=Path, default=None, metavar="FILE", help=rejected)
    language = "of what is printed and of the reasons in the file of rejects (that of LANG)"
    parser.add_argument("--language", choices=["zh", "en"], default=language_of_operator(), help=language)
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to import into it")


def language_of_operator() -> str:
    """The operator's language, as POSIX has it: the first of these that is set."""
    set_one = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if set_one.startswith("zh") else "en"


class Speech:
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


async def understood(path: Path, columns: Columns, speech: Speech) -> Understood:
    """A file that was looked through. Raises Failure where it cannot be read."""
    try:
        with progress() as report:
            return await asyncio.to_thread(understand, path, report, columns)
    except UnreadableDeliveryError as error:
        raise Failure(error.text.in_language(speech.language)) from None


class Rejecting:
    """Writes lines that were not stored to a file, which is made with the first of them.

    It gets its name when it is whole. Without a name of the operator's, one that is there already stays, unless it is
    the same: its lines may be corrected.
    """

    def __init__(self, found: Understood, named: Path | None, speech: Speech) -> None:
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


def complain_of(rejects: list[Reject], back: int, speech: Speech) -> None:
    """The first lines that come back, on standard error."""
    for reject in rejects[:_MOST_SHOWN]:
        speech.complain(reject)
    if back > _MOST_SHOWN:
        print(speech.text("more", count=back - _MOST_SHOWN), file=sys.stderr)  # noqa: T201


def say_understood(found: Understood, speech: Speech) -> None:
    """What a file was read as."""
    packed = speech.text("packed") if found.packed else ""
    form = ", ".join(filter(None, (found.form.value, None if found.coding is None else found.coding.name)))
    speech.say("understood", form=form, packed=packed, lines=found.lines)
    for note in found.notes:
        say(note.in_language(speech.language))


def say_rejects(path: Path, speech: Speech) -> None:
    """Where the lines are that come back."""
    speech.say("rejects", column=REASON, path=str(path))


def explain(
    found: Understood, lines: Iterable[LineT | Reject], shown: Callable[[LineT], tuple[int, str]], speech: Speech
) -> None:
    """Print how a file is understood, and its first lines as they are read.

    `shown` gives a line's number and values.
    """
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
    for line in islice(lines, _FIRST):
        if isinstance(line, Reject):
            text = line.text.in_language(speech.language)
            say("  " + speech.text("line", line=str(line.line), reason=line.reason, text=text))
        else:
            number, values = shown(line)
            say("  " + speech.text("accepted", line=str(number), values=values))
