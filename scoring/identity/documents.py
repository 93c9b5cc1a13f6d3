"""Documents of identity: whose number this is by its first digits, and what is said where it is wrong.

Three have numbers of 18 characters by one rule (GB 11643): the resident identity card; the residence permit for
residents of Hong Kong, Macao and Taiwan, whose numbers begin with 810000, 820000 and 830000 (State Council, 2018); and
the Foreign Permanent Resident ID Card of 2023, whose numbers begin with 9, two digits of the province and the three of
a nationality (ISO 3166-1). `hints.toml` has a sentence for each fault that is not that of a resident identity card.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from scoring.dated import Text
from scoring.sentences import Sentences

PERMIT_REGIONS = frozenset(("810000", "820000", "830000"))
NOT_FOREIGN = frozenset(("000", "156"))
"""No country, and China: nationalities that no card for foreigners has."""
_OF_PROVINCES = frozenset(map(str, range(1, 8)))
_PERMIT = re.compile(r"8[123]")
_TRAVEL_PERMIT = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
_HINTS = Sentences(Path(__file__).with_name("hints.toml"))


class Document(StrEnum):
    """A document that a number may be of."""

    IDENTITY_CARD = "identity_card"
    RESIDENCE_PERMIT = "residence_permit"
    PERMANENT_RESIDENCE_CARD = "permanent_residence_card"
    TRAVEL_PERMIT = "travel_permit"
    """For residents of Hong Kong and Macao; its number is not taken."""


def document_of(number: str) -> Document:
    """The document that a number in its one form is meant to be of, right or mistyped."""
    if number[:1] in _OF_PROVINCES:
        return Document.IDENTITY_CARD
    if number.startswith("9"):
        return Document.PERMANENT_RESIDENCE_CARD
    if _PERMIT.match(number):
        return Document.RESIDENCE_PERMIT
    return Document.TRAVEL_PERMIT if _TRAVEL_PERMIT.fullmatch(number) else Document.IDENTITY_CARD


def hint_of(document: Document, code: str, **details: int | str) -> Text | None:
    """What to do about a fault in the number of a document; None where it is the same as of an identity card."""
    key = f"{document}_{code}"
    return _HINTS.fill(key, **details) if key in _HINTS else None
