"""Dated values: every figure a city can change, with the days on which it holds and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Provenance(StrEnum):
    """Where a figure comes from."""

    OFFICIAL = "official"
    PRESS = "press"
    ARTICLE = "article"
    ILLUSTRATIVE = "illustrative"


class Model(BaseModel):
    """What every part of a scheme is: frozen, and no field that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Model):
    """The same words in Chinese and English."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_language(self, language: str) -> str:
        """Chinese unless the language tag starts with `en`."""
        return self.en if language.startswith("en") else self.zh


class Dated(Model, Generic[T]):
    """One value of a parameter, in force from a day on and until before another."""

    from_: Annotated[date, Field(alias="from")]
    until: date | None = None
    value: T
    provenance: Provenance
    source: Annotated[str, Field(min_length=1)]

    def in_force(self, on: date) -> bool:
        return self.from_ <= on and (self.until is None or on < self.until)


def value_on(values: Sequence[Dated[T]], on: date) -> Dated[T] | None:
    """The value in force on a day, or None where there is none."""
    return next((v for v in values if v.in_force(on)), None)
