"""Texts that the desk starts from, and the gaps in them that have to be filled before a text is sent."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_GAP = re.compile(r"【[^【】]+】")
"""The innermost brackets: one that was not closed before hides no gap behind it."""


@cache
def templates() -> list[dict[str, str]]:
    """The texts of `templates.toml`: `name`, `text`, the field it goes `into`, and the `outcome` of a decision's."""
    path = Path(__file__).with_name("templates.toml")
    found: list[dict[str, str]] = tomllib.loads(path.read_text("utf-8"))["template"]
    return found


def unfilled(text: str) -> str | None:
    """The first gap of a template that still stands in a text; brackets of one's own are no gap."""
    return next((gap[0] for gap in _GAP.finditer(text) if "".join(gap[0].split()) in _gaps()), None)


@cache
def _gaps() -> frozenset[str]:
    return frozenset(gap for template in templates() for gap in _GAP.findall(template["text"]))
