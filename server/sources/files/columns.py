"""The columns of a kind of file, in the words that offices use, and the header of a table: which column is which."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import orjson

from scoring.written import unmarked
from server.platform.kit.json import JsonObject
from server.sources.files.faults import SENTENCES, UnreadableDeliveryError

REASON = "reason"
_FACTS = "facts."
_FEW = 2
"""Columns that make a line a header; a line of data has none of their names."""
_MARKS = "='"
_AS_FORMULA = re.compile(r'="(.*)"')


class LineFaultError(ValueError):
    """A row cannot be read; `text` says why."""

    def __init__(self, sentence: str, /, **details: str | int) -> None:
        super().__init__(sentence)
        self.text = SENTENCES.fill(sentence, **details)


def _key(written: str) -> str:
    """A name without case, blanks, punctuation and what stands in brackets."""
    text = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", unicodedata.normalize("NFKC", unmarked(written)))
    return "".join(char for char in text.casefold() if char.isalnum())


def _data(path: Path) -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(path.read_text("utf-8"))


_DATA = _data(Path(__file__).with_name("cells.toml"))
_CLASSES = {name: code for code, names in _DATA["classes"].items() for name in names}
_BOOLEANS = {name: value == "true" for value, names in _DATA["booleans"].items() for name in names}
_TOTALS = frozenset(_DATA["totals"]["words"])


@dataclass(frozen=True)
class Columns:
    """What a kind of file has: its fields, each by the names that offices give it.

    `id_number` is the field that a program may have rounded, `dates` those whose numbers are days in a spreadsheet.
    """

    names: Mapping[str, Sequence[str]]
    required: tuple[str, ...]
    dates: tuple[str, ...]
    id_number: str

    @classmethod
    def read(cls, path: Path) -> Columns:
        """From a TOML file with the tables `names` and `fields`."""
        data = _data(path)
        fields = data["fields"]
        return cls(data["names"], tuple(fields["required"]), tuple(fields["dates"]), fields["id_number"][0])

    @cached_property
    def _fields(self) -> Mapping[str, str]:
        return {_key(name): field for field, names in self.names.items() for name in names}

    def field_of(self, cell: str) -> str | None:
        """The field that a cell of a header names."""
        return self._fields.get(_key(cell[:100]))

    def recognised(self, cells: Sequence[str]) -> int:
        """How many different fields a row names."""
        return len({field for cell in cells if (field := self.field_of(cell)) is not None})

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row is taken for a header."""
        return self.recognised(cells) >= _FEW

    def table_of(self, line: int, cells: Sequence[str]) -> Table:
        """A header. Raises UnreadableDeliveryError where columns are missing, or two are the same field."""
        fields = tuple(self.field_of(cell) for cell in cells)
        for place, field in enumerate(fields):
            if field is not None and field in fields[:place]:
                first = cells[fields.index(field)].strip()
                raise UnreadableDeliveryError("file_columns_twice", line=line, first=first, second=cells[place].strip())
        if missing := [field for field in self.required if field not in fields]:
            raise UnreadableDeliveryError("file_columns_missing", line=line, columns=self._shown(missing))
        return Table(line, tuple(cells), fields, self.required, self.id_number)

    def no_header(self) -> UnreadableDeliveryError:
        """What to say of a table without a header."""
        return UnreadableDeliveryError("file_no_header", columns=self._shown(self.required))

    def _shown(self, fields: Iterable[str]) -> str:
        """Fields by their own name and the first that offices use."""
        first = {field: next(name for name in self.names[field] if not name.isascii()) for field in fields}
        return ", ".join(f"{field} ({name})" for field, name in first.items())


RECORDS = Columns.read(Path(__file__).with_name("columns.toml"))


@dataclass(frozen=True)
class Table:
    """The header of a table, where it stands, and which field each column is; None for one that is not read."""

    line: int
    header: tuple[str, ...]
    fields: tuple[str | None, ...]
    required: tuple[str, ...]
    id_number: str

    @property
    def unknown(self) -> list[str]:
        """Columns that are not read."""
        return [name for name, field in zip(self.header, self.fields, strict=True) if field is None and name.strip()]

    def column_of(self, field: str) -> int | None:
        """Where a field stands."""
        return self.fields.index(field) if field in self.fields else None

    def label(self, field: str) -> str:
        """A field as this table calls it."""
        place = self.column_of(field)
        return field if place is None else self.header[place].strip()

    def only(self, field: str) -> Table:
        """The same table, of which one field is read."""
        return replace(self, fields=tuple(one if one == field else None for one in self.fields))

    @cached_property
    def _plan(self) -> list[tuple[int, str, Callable[[str], object]]]:
        """What is read: where it stands, which field it is, and how."""
        read: dict[str, Callable[[str], object]] = {
            "source": _code,
            "rule": _code,
            "class": _class,
            "final": _boolean,
            "disputed": _boolean,
            "facts.sealed": _boolean,
        }
        read["facts"] = self._facts
        return [
            (place, field, read.get(field, str))
            for place, field in enumerate(self.fields)
            if field is not None and field != REASON
        ]

    def values(self, cells: Sequence[str]) -> JsonObject:
        """A row as a record on the wire. Raises LineFaultError."""
        if len(cells) != len(self.fields):
            self._check_width(cells)
        values: JsonObject = {}
        for place, field, read in self._plan:
            if place < len(cells) and (cell := cells[place].strip()):
                values[field] = read(_bare(cell) if cell[0] in _MARKS else cell)
        if self.id_number not in values and _is_total(cells):
            raise LineFaultError("line_totals")
        if self._has_facts:
            _gather_facts(values)
        return values

    @cached_property
    def _has_facts(self) -> bool:
        return any(field is not None and field.startswith(_FACTS) for field in self.fields)

    @cached_property
    def _place_of_number(self) -> int:
        return self.fields.index(self.id_number)  # a file without it is refused

    def number_in(self, cells: Sequence[str]) -> str | None:
        """The ID number of a row, as it stands there; None where there is none, or the row cannot be read."""
        if len(cells) != len(self.fields) or cells[0] == self.header[0]:
            return self._number_of(cells)
        cell = cells[self._place_of_number].strip()
        return (_bare(cell) if cell[0] in _MARKS else cell) if cell else None

    def _number_of(self, cells: Sequence[str]) -> str | None:
        if tuple(cells) == self.header:
            return None
        try:
            number: str | None = self.values(cells).get(self.id_number)
        except LineFaultError:
            return None
        return number

    def _facts(self, cell: str) -> JsonObject:
        try:
            facts = orjson.loads(cell)
        except ValueError:
            facts = None
        if not isinstance(facts, dict):
            raise LineFaultError("line_facts", field=self.label("facts"))
        return facts

    def _check_width(self, cells: Sequence[str]) -> None:
        """More cells may be empty ones; fewer may lack what can be left out: Excel drops empty columns at the end."""
        wide = any(cell.strip() for cell in cells[len(self.fields) :])
        narrow = any(field in self.required for field in self.fields[len(cells) :])
        if narrow and _is_total(cells):
            raise LineFaultError("line_totals")
        if wide or narrow:
            sentence = "line_wide" if wide else "line_narrow"
            raise LineFaultError(sentence, found=len(cells), expected=len(self.fields))


def _gather_facts(values: JsonObject) -> None:
    """Put facts that have columns of their own into `facts`."""
    own = {name: values.pop(name) for name in [*values] if name.startswith(_FACTS)}
    if own:
        values["facts"] = values.get("facts", {}) | {name.removeprefix(_FACTS): value for name, value in own.items()}


def _is_total(cells: Sequence[str]) -> bool:
    first = next((cell for cell in cells if cell.strip()), "")
    return re.sub(r"[\s:]", "", unicodedata.normalize("NFKC", first)).casefold() in _TOTALS


def _bare(cell: str) -> str:
    """What a cell holds, without the marks that make a spreadsheet take it for text: ="…" and a leading '."""
    if found := _AS_FORMULA.fullmatch(cell):
        return found[1].strip()
    return cell[1:].strip() if cell[0] == "'" else cell


def _code(cell: str) -> str:
    return cell if cell.isascii() else unicodedata.normalize("NFKC", unmarked(cell))


def _class(cell: str) -> str:
    return _CLASSES.get(cell, _code(cell).lower())


def _boolean(cell: str) -> bool | str:
    return _BOOLEANS[cell] if cell in _BOOLEANS else _BOOLEANS.get(unicodedata.normalize("NFKC", cell).casefold(), cell)
