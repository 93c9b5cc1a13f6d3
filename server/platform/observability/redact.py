"""Takes out of a log line whatever may be of a person, or a secret; by its shape, since its field is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from server.platform.kit.json import JsonObject

_MOST_CHARACTERS = 1000
_MOST_ITEMS = 40
_MOST_DEPTH = 4
_HIDDEN = "[hidden]"
_SENSITIVE = re.compile(
    r"(?i)password|passwd|secret|token|authorization|cookie|openid|id_number|idnumber|phone|mobile|aes_?key"
    r"|api_?key|master_?key|payload|variables|query_string|citizen_name|real_?name"
)
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = rf"{_UUID}|[0-9a-f]{{16}}(?:[0-9a-f]{{16}}(?:[0-9a-f]{{32}})?)?"
_SHAPES = re.compile(
    "|".join(
        (
            # ids and digests that we make: half of a person's life is digits, but never with hex letters among them
            rf"(?P<keep>(?<![\w-])(?=[\d-]*[a-f])(?:{_ID})(?![\w-]))",
            r"(?P<token>eyJ[\w-]{6,}(?:\.[\w-]*){0,4}|\beg[a-z]_[\w-]{6,})",
            r"(?P<login>(?<=://)[^/\s@]*:[^/\s@]*(?=@))",
            r"(?P<id>(?<!\d)\d{6}[ -]?(?:18|19|20)\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{3}[ -]?[\dXx])",
            r"(?P<phone>(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d))",
            r"(?P<openid>(?<![\w-])o[\w-]{27}(?![\w-]))",
            r"(?P<digits>\d{7,}[Xx]?)",
            r"(?P<long>(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[A-Za-z0-9_-]{24,}={0,2})",
            r"(?P<words>[\u3007\u3400-\u9fff\U00020000-\U0003ffff·]{2,})",
        )
    )
)
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)\s+[^\s,;]+")
_NAMED = re.compile(r"(?i)((?:password|passwd|secret|token|openid|signature|code|key)=)[^\s&;,]+")


class Redactor:
    """Redacts texts and whole log lines; it can be told the process's own secrets."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def learn(self, secrets: Iterable[str]) -> None:
        """These never pass, whatever they look like."""
        known = {one for one in secrets if len(one) >= 8} | set(self._secrets)
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def text(self, text: str) -> str:
        """A text without what may be of a person, and no longer than a log line should be."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, "[secret]")
        if len(text) > _MOST_CHARACTERS:
            text = text[:_MOST_CHARACTERS] + "…"
        return _SHAPES.sub(_shape, _NAMED.sub(r"\1[hidden]", _BEARER.sub("[token]", text)))

    def value(self, value: object, depth: int = 0) -> Any:
        """Any value of a log line. Objects are told by their type alone: what they print may quote data."""
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int):
            return value if abs(value) < 10**9 else "[digits]"
        if isinstance(value, datetime | date):
            return value.isoformat()
        if depth >= _MOST_DEPTH:
            return "[deep]"
        if isinstance(value, Mapping):
            return self.fields(value, depth + 1)
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(one, depth + 1) for one in list(value)[:_MOST_ITEMS]]
        return f"<{type(value).__name__}>"

    def fields(self, fields: Mapping[Any, Any], depth: int = 0) -> JsonObject:
        """Named values; some names tell that their values must not be logged."""
        return {
            self.text(str(name)): _HIDDEN if _SENSITIVE.search(str(name)) else self.value(value, depth)
            for name, value in list(fields.items())[:_MOST_ITEMS]
        }


def _shape(found: re.Match[str]) -> str:
    kind = found.lastgroup
    return found[0] if kind == "keep" else f"[{kind}]"


REDACTOR = Redactor()
"""The one of this process."""
