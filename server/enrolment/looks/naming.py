"""A look in words: which institution looked, and what for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schema.types.enrolment import AccessAction
from schema.types.errors import LocalText
from schema.types.principal import Kind
from scoring.dated import Model, Text
from scoring.scheme import Scheme
from server.platform.db import Document

IN_YOUR_NAME = (AccessAction.ACCOUNT_MOVED.value, AccessAction.ACCOUNT_RESTORED.value)
"""Done from another account than before, by a person who could prove to be the citizen."""
_FILE = Path(__file__).with_name("purposes.toml")


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a look: who, in which role, what was done, and what stands with it."""

    role: str
    by: str
    action: str
    why: str | None
    benefit: str | None

    @classmethod
    def of_link(cls, link: Document) -> Look:
        """From a link of the audit chain."""
        details = link["details"]
        return cls(link["role"], link["by"], link["action"], details.get("why"), details.get("benefit"))


class Words(Model):
    """`purposes.toml`."""

    actions: dict[str, Text]
    searches: dict[str, Text]
    institutions: dict[str, Text]


@cache
def words() -> Words:
    """What looks are called."""
    return Words.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


def institution_of(scheme: Scheme, look: Look, entities: Mapping[str, LocalText]) -> LocalText:
    """Who looked: the city's office, a partner or a reporting body by its name, or the citizen."""
    if look.role == Kind.CITIZEN:
        whose = "in_your_name" if look.action in IN_YOUR_NAME else "citizen"
        return LocalText.of(words().institutions[whose])
    if look.role == Kind.PARTNER:
        return LocalText.of(_partner(scheme, look.by) or words().institutions["partner"])
    if look.role == Kind.SOURCE:
        source = scheme.sources_by_code.get(look.by)
        known = LocalText.of(source.label if source else words().institutions["source"])
        return entities.get(look.by, known)
    return LocalText.of(scheme.city.office.name)


def purpose_of(scheme: Scheme, look: Look) -> LocalText:
    """What the look was for."""
    text = words().actions[look.action]
    why = _why(scheme, look)
    return LocalText(zh=text.zh.format(why=why.zh), en=text.en.format(why=why.en))


def _why(scheme: Scheme, look: Look) -> LocalText:
    benefit = scheme.benefits_by_code.get(look.benefit or "")
    if benefit is not None:
        return LocalText.of(benefit.label)
    why = look.why or "—"
    search = words().searches.get(why)
    return LocalText.same(why) if search is None else LocalText.of(search)


def _partner(scheme: Scheme, code: str) -> Text | None:
    labels: Iterable[Text] = (b.partner_label for b in scheme.benefits if b.partner == code)
    return next(iter(labels), None)
