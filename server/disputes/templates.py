"""Texts that the desk starts from, and the gaps in them that have to be filled before a text is sent."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from scoring.dated import Model, Text
from scoring.disputes import Determination

_GAP = re.compile(r"【[^【】]+】")
"""The innermost brackets: one that was not closed before hides no gap behind it."""


class Template(Model):
    """A text with its name at the desk, the field it goes `into`, and the `outcome` that a decision's goes with.

    Citizens read the text; `means` is for those at the desk who read English.
    """

    name: Text
    into: str
    text: str
    means: str
    outcome: str | None = None


class _File(Model):
    template: list[Template]


@cache
def templates() -> list[Template]:
    """The texts of `templates.toml`. Raises ValueError for an outcome that is none."""
    path = Path(__file__).with_name("templates.toml")
    found = _File.model_validate(tomllib.loads(path.read_text("utf-8"))).template
    unknown = [one.outcome for one in found if one.outcome is not None and one.outcome not in Determination.__members__]
    if unknown:
        raise ValueError(f"templates.toml: no outcome is called {', '.join(unknown)}")
    return found


def unfilled(text: str) -> str | None:
    """The first gap of a template that still stands in a text; brackets of one's own are no gap."""
    return next((gap[0] for gap in _GAP.finditer(text) if "".join(gap[0].split()) in _gaps()), None)


@cache
def _gaps() -> frozenset[str]:
    return frozenset(gap for template in templates() for gap in _GAP.findall(template.text))
