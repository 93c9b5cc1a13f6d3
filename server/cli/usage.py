"""What `--help` ends with: examples, and what the fields of a file hold (`usage.toml`)."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from scoring.scheme import scheme_ids
from server.platform.kit.json import JsonObject
from server.sources.files.columns import RECORDS, Columns
from server.sources.residents.reading import RESIDENTS

PROGRAM = "egret"
FORMS = {"records": RECORDS, "residents": RESIDENTS}
"""The kinds of files that commands read."""


class CommandParser(argparse.ArgumentParser):
    """A parser of a command: its help ends with what one would do with it."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # what argparse hands on to the parsers of commands
        self.formatter_class = argparse.RawDescriptionHelpFormatter
        self.epilog = "\n\n".join(_parts(self.prog.removeprefix(PROGRAM).strip())) or None


def add_version(parser: argparse.ArgumentParser) -> None:
    """`--version`."""
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version(PROGRAM)}")


@cache
def usage() -> JsonObject:
    """Everything that help says besides the arguments, by command; examples name a scheme that ships."""
    text = Path(__file__).with_name("usage.toml").read_text("utf-8")
    found: JsonObject = tomllib.loads(text.replace("{scheme}", scheme_ids()[0]))
    return found


def _parts(command: str) -> Iterator[str]:
    told = usage().get(command, {})
    if examples := told.get("examples"):
        yield "examples:\n" + "\n".join(f"  # {what}\n  {line}" for line, what in examples)
    for form in told.get("forms", ()):
        yield described(FORMS[form], usage()["forms"][form])


def described(columns: Columns, form: JsonObject) -> str:
    """What the lines of a kind of file hold, and how a table heads its columns."""
    rows = []
    for field, what in form["fields"].items():
        needed = "*" if field in columns.required else " "
        chinese = next(name for name in columns.names[field] if not name.isascii())
        rows.append(f"{needed} {field} ({chinese}): {what}")
    return "\n".join([form["about"], "", *rows, "", "Those with * have to be there. One line of NDJSON:", form["line"]])
