"""My data as people read it: named fields, names for codes, local days and times, nothing that is empty."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.phrases import catalogue, day, moment, phrase, points
from scoring.dated import Model, Text
from scoring.scheme import Scheme
from server.platform.kit.json import JsonObject
from server.platform.kit.templates import path

_FILE = Path(__file__).with_name("held.toml")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_PHRASES = {
    "action": ("h5.did.",),
    "by": ("role.",),
    "cause": ("cause.",),
    "channel": ("channel.",),
    "determination": ("determination.",),
    "kind": ("topic.", "notice_title."),
    "off": ("notice_title.",),
    "reason": ("reason.", "withheld."),
    "refined_reason": ("reason.",),
    "role": ("role.",),
    "state": ("state.", "h5.notice_state."),
    "way": ("h5.notice_by.",),
}
"""Where the catalogues have the codes of a field."""
Shown = str | list["Shown"] | dict[str, "Shown"]


class Words(Model):
    """`held.toml`."""

    machine: list[str]
    titles: dict[str, list[str]]
    fields: dict[str, Text]
    codes: dict[str, dict[str, Text]]


@cache
def words() -> Words:
    """What fields and codes are called."""
    return Words.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Reader:
    """Tells what is held in one language, with the names of a scheme."""

    scheme: Scheme
    language: str

    def title(self, section: str, item: JsonObject) -> str:
        """What an item begins with."""
        parts = [self._value(name, item[name]) for name in words().titles.get(section, []) if item.get(name)]
        return " · ".join(part for part in parts if isinstance(part, str))

    def fields(self, item: JsonObject) -> dict[str, Shown]:
        """The fields of a document by their labels, without what is empty or for programs."""
        shown = dict[str, Shown]()
        for name, value in item.items():
            if name in words().machine or value in (None, "", [], {}, False):
                continue
            told = self._value(name, value)
            if told:
                shown[self._label(name)] = told
        return shown

    def _label(self, name: str) -> str:
        label = words().fields.get(name)
        return name if label is None else label.in_language(self.language)

    def _value(self, name: str, value: object) -> Shown:
        if isinstance(value, dict):
            return self._band(value) if name == "band" else self.fields(value)
        if isinstance(value, list):
            told = [self._line(x) if name in ("lines", "withheld") else self._value(name, x) for x in value]
            return [one for one in told if one]
        if isinstance(value, bool):
            return phrase(self.language, "h5.yes" if value else "h5.no")
        if isinstance(value, int) and name == "points":
            return points(value)
        return self._text(name, str(value))

    def _text(self, name: str, value: str) -> str:
        if _MOMENT.fullmatch(value):
            return moment(self.language, value)
        if _DAY.fullmatch(value):
            return day(self.language, value)
        if name == "disputed":
            return phrase(self.language, "withheld.disputed")
        return self._code(name, value)

    def _code(self, name: str, value: str) -> str:
        known = words().codes.get(name, {}).get(value) or self._of_scheme(name, value)
        if known is not None:
            return known.in_language(self.language)
        keys = [prefix + value.lower() for prefix in _PHRASES.get(name, ())]
        return next((catalogue(self.language)[key] for key in keys if key in catalogue(self.language)), value)

    def _of_scheme(self, name: str, value: str) -> Text | None:
        """A rule, a source, a benefit or a partner by its code."""
        match name:
            case "rule" | "declined":
                return found.label if (found := self.scheme.rules_by_code.get(value)) else None
            case "source" | "reporter":
                return body.label if (body := self.scheme.sources_by_code.get(value)) else None
            case "benefit":
                return offer.label if (offer := self.scheme.benefits_by_code.get(value)) else None
            case "partner":
                return next((b.partner_label for b in self.scheme.benefits if b.partner == value), None)
        return None

    def _band(self, band: JsonObject) -> str:
        known = self.scheme.bands_by_code.get(band["code"])
        return str(band["label"]) if known is None else known.label.in_language(self.language)

    def _line(self, line: JsonObject) -> str:
        """A line of an assessment: what it was and what it gave, or why it gave nothing."""
        if line.get("rule"):
            what = self._code("rule", line["rule"])
        else:
            what = phrase(self.language, f"h5.line.{line['kind']}")
        if "points" in line:
            return f"{what} {points(line['points'])}" if line["points"] else ""
        return f"{what} · {self._code('reason', line['reason'])}"


def local_path(shown: Shown) -> str | None:
    """The path of an address of ours, to be opened."""
    return path(shown) if isinstance(shown, str) and re.match(r"https?://\S+$", shown) else None
