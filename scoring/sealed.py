"""Kinds of records that the law seals, and whether a rule is of one (`sealed.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from scoring.catalogue import Rule
from scoring.dated import Model

_FILE = Path(__file__).with_name("sealed.toml")


class SealedKind(Model):
    """A kind: the words that tell it, the law that seals it, and what that law says."""

    words: tuple[str, ...]
    law: str
    source: str


class _Kinds(Model):
    kind: tuple[SealedKind, ...]


@cache
def sealed_kinds() -> tuple[SealedKind, ...]:
    """The kinds that ship with Egret."""
    return _Kinds.model_validate(tomllib.loads(_FILE.read_text("utf-8"))).kind


def sealed_kind(rule: Rule) -> tuple[str, SealedKind] | None:
    """The first kind that a rule is of, with the word that tells it; None where it is of none."""
    said = f"{rule.code} {rule.label.en} {rule.label.zh} {rule.basis}".lower()
    return next(((word, kind) for kind in sealed_kinds() for word in kind.words if word in said), None)
