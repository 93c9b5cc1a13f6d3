"""Changes of the SDL that can break a client: found by graphql-core, announced in `breaking.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from graphql import build_schema, find_breaking_changes, find_dangerous_changes

ANNOUNCED = Path(__file__).with_name("breaking.toml")


@dataclass(frozen=True, slots=True)
class Announcement:
    """A breaking change since the last release: when it was made, and why."""

    text: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an older SDL and a newer one differ in, as far as a client can notice."""

    breaking: list[str]
    announced: list[Announcement]
    dangerous: list[str]

    def lines(self) -> list[str]:
        """For people to read."""
        told = [f"breaking: {text}" for text in self.breaking]
        told += [f"breaking, announced on {a.on}: {a.text} ({a.reason})" for a in self.announced]
        told += [f"dangerous: {text}" for text in self.dangerous]
        return told or ["nothing that a client could notice"]


def announcements(path: Path = ANNOUNCED) -> list[Announcement]:
    """What is announced. Raises ValueError for an entry that lacks its date or reason."""
    found = []
    for entry in tomllib.loads(path.read_text("utf-8")).get("change", []):
        text = entry.get("text")
        on = entry.get("on")
        reason = entry.get("reason")
        if not (isinstance(text, str) and isinstance(on, date) and isinstance(reason, str) and reason.strip()):
            raise ValueError(f"{path.name}: each change has text, on (a date) and reason; look at: {text}")
        found.append(Announcement(text, on, reason))
    return found


def compare(old: str, new: str, known: list[Announcement]) -> Comparison:
    """Compare two SDLs. Breaking changes that are announced are told apart from those that are not."""
    before = build_schema(old)
    after = build_schema(new)
    breaking = [change.description for change in find_breaking_changes(before, after)]
    dangerous = [change.description for change in find_dangerous_changes(before, after)]
    texts = {a.text for a in known}
    return Comparison(
        breaking=[text for text in breaking if text not in texts],
        announced=[a for a in known if a.text in breaking],
        dangerous=dangerous,
    )
