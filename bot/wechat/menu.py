"""The menu as data: read, checked against the platform's limits, compared, and sent.

Source: Tencent's page on creating a menu: 1-3 buttons of 1-5 entries, names of at most 16 and
60 bytes, keys of at most 128.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MENU = Path(__file__).parent.parent / "menu.toml"
BUTTONS, ENTRIES, NAME_BYTES, ENTRY_BYTES, KEY_BYTES = 3, 5, 16, 60, 128


class BadMenuError(ValueError):
    """The menu breaks a limit of the platform; the text says which."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person taps; `key` comes back in the event."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button with its entries."""

    name: str
    entries: tuple[Entry, ...]


@cache
def menu(path: Path = MENU) -> tuple[Button, ...]:
    """The menu of a file. Raises BadMenuError."""
    data = tomllib.loads(path.read_text("utf-8"))
    buttons = tuple(Button(b["name"], tuple(Entry(**e) for e in b["entries"])) for b in data.get("button", ()))
    _check(buttons)
    return buttons


def published(buttons: Sequence[Button]) -> dict[str, Any]:
    """The menu as the platform wants it."""
    return {
        "button": [
            {"name": b.name, "sub_button": [{"type": "click", "name": e.name, "key": e.key} for e in b.entries]}
            for b in buttons
        ]
    }


def read_published(data: Mapping[str, Any]) -> tuple[Button, ...]:
    """The menu as the platform gives it back; entries that are no clicks keep their type as key."""
    found = data.get("menu", {}).get("button", [])
    return tuple(
        Button(
            str(b.get("name", "")),
            tuple(Entry(str(e.get("name", "")), str(e.get("key", e.get("type", "")))) for e in b.get("sub_button", ())),
        )
        for b in found
    )


def difference(before: Sequence[Button], after: Sequence[Button]) -> list[str]:
    """What publishing would change, as lines with + and -; empty where nothing would."""
    lines = difflib.unified_diff(_lines(before), _lines(after), "published", "ours", lineterm="", n=1)
    return list(lines)


def _lines(buttons: Sequence[Button]) -> list[str]:
    return [row for b in buttons for row in (b.name, *(f"    {e.name} ({e.key})" for e in b.entries))]


def _check(buttons: Sequence[Button]) -> None:
    if not 1 <= len(buttons) <= BUTTONS:
        raise BadMenuError(f"a menu has 1 to {BUTTONS} buttons, not {len(buttons)}")
    for button in buttons:
        if not 1 <= len(button.entries) <= ENTRIES:
            raise BadMenuError(f"button {button.name!r} has {len(button.entries)} entries; 1 to {ENTRIES} are allowed")
        _fits("button", button.name, NAME_BYTES)
        for entry in button.entries:
            _fits("entry", entry.name, ENTRY_BYTES)
            _fits("key", entry.key, KEY_BYTES)


def _fits(what: str, text: str, most: int) -> None:
    if not text or len(text.encode()) > most:
        raise BadMenuError(f"{what} {text!r} has {len(text.encode())} bytes; 1 to {most} are allowed")
