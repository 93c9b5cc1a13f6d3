"""Template and subscription messages: which of the account's templates a notice goes into, from a TOML file.

    [dispute_decided]
    template = "the template's id"          # a template message, or
    subscription = "the template's id"      # a subscription notice; one of both is enough
    fields = { thing1 = "title", character_string2 = "number", thing3 = "text" }

`title` is the notice's name, `number` the dispute's if it has one, `text` the notice in words. The
ids belong to one account, so the file is named by EGRET_WECHAT_TEMPLATES. Source: Tencent's pages on
template and subscription messages, which also limit how long a value may be.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

_MOST = {"thing": 20, "character_string": 32, "phrase": 5, "short_thing": 5, "const": 20}
"""The longest value by the kind of field, in characters."""
_LONGEST = 200
SOURCES = ("title", "number", "text")


class Template(BaseModel):
    """One notice's templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    template: str | None = None
    subscription: str | None = None
    fields: dict[str, str]

    @model_validator(mode="after")
    def _whole(self) -> Template:
        if not (self.template or self.subscription):
            raise ValueError("give `template` or `subscription`")
        unknown = set(self.fields.values()) - set(SOURCES)
        if unknown:
            raise ValueError(f"fields may be filled with {', '.join(SOURCES)}, not {', '.join(sorted(unknown))}")
        return self


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with its values, ready to be sent."""

    template: Template
    values: Mapping[str, str]


class Templates:
    """The templates of an account or of a mini-program; none without a file.

    A mini-program has subscription messages alone (`EGRET_MINIAPP_TEMPLATES`).
    """

    def __init__(self, path: Path | None = None) -> None:
        """Raises OSError, or ValueError that names what is wrong."""
        data = {} if path is None else tomllib.loads(path.read_text("utf-8"))
        self._by_notice = TypeAdapter(dict[str, Template]).validate_python(data)

    @property
    def subscriptions(self) -> frozenset[str]:
        """The notices that have a subscription."""
        return frozenset(notice for notice, one in self._by_notice.items() if one.subscription)

    def has(self, notice: str) -> bool:
        """Whether there is a template for a notice."""
        return notice in self._by_notice

    def filled(self, notice: str, title: str, text: str, data: Mapping[str, Any]) -> Filled | None:
        """The template for a notice with its values, or None where the account has none."""
        template = self._by_notice.get(notice)
        if template is None:
            return None
        given = {"title": title, "text": " ".join(text.split()), "number": str(data.get("number") or "-")}
        values = {field: _cut(given[source], field) for field, source in template.fields.items()}
        return Filled(template, values)


def _cut(value: str, field: str) -> str:
    most = _MOST.get(field.rstrip("0123456789"), _LONGEST)
    return value if len(value) <= most else value[: most - 1] + "…"
