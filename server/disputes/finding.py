"""Which cases are meant by what one hears on the telephone: a number or its end, a name, a family name, an ID number.

A family name alone is so common that an index of it would tell who is called so by how often it stands there; so the
newest open cases are opened instead, in memory.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import date

from scoring import identity
from scoring.identity.text import one_blank, plain_text, visible
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens
from server.disputes.repository import DisputeRepository
from server.platform.crypto.vault import KeyDestroyedError, Vault
from server.platform.db import Query, Store

_WHOLE = re.compile(r"(?<![A-Z])D[ \-]*([0-9]{4})[ \-]*([0-9]{6})(?![0-9])")
_IN_YEAR = re.compile(r"(?:D[ \-]*)?(20[0-9]{2})(?:[ \-/]+([0-9]{1,6})|([0-9]{6}))")
_END = re.compile(r"(?:D[ \-]*|NO\.? ?|#|第 ?)?([0-9]{1,6})(?: ?号)?")
_LABEL = re.compile(r"^(?:姓名?|案[号件]|(?:受理)?编号|尾号|后几位|身份证(?:号码?)?|证件号码?)[:： ]*")
_TITLE = re.compile(r" ?(?:先生|女士|小姐|同志|师傅)$")
"""What people say before and behind it."""
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe63]")
_YEARS = 5
"""So long are disputes kept."""
_MOST_NAMESAKES = 5000
_LONGEST_FAMILY = 2
_MOST_OPEN = 500
"""Open cases whose names are looked at for a family name."""
_LONGEST = 64


class CaseFinder:
    """Turns what was typed into a query for cases."""

    def __init__(self, store: Store, vault: Vault, citizens: Citizens) -> None:
        self._people = CitizenRepository(store)
        self._disputes = DisputeRepository(store)
        self._vault = vault
        self._citizens = citizens

    async def query(self, text: str, on: date) -> tuple[str, Query | None]:
        """What it was taken for, and the query; None where it can find nothing."""
        name = _without_labels(one_blank(visible(text)))[:_LONGEST]  # a name has a form of its own
        text = _without_labels(_DASHES.sub("-", plain_text(text)))[:_LONGEST]
        numbers = _case_numbers(text.upper(), on)
        if numbers:
            return "number", {"number": {"$in": numbers}}
        typed = identity.normal_id_number(text)
        if "*" in typed and typed[:1].isdigit():
            return "masked", await self._of("masked_index", self._citizens.masked_index(typed))
        if typed[:1].isdigit():
            return "id_number", await self._of("id_index", self._citizens.id_index(typed))
        family = identity.normal_name(name.rstrip("*＊"))
        named = None if text.endswith("*") else await self._of("name_index", self._citizens.name_index(name))
        if named is not None or not 1 <= len(family) <= _LONGEST_FAMILY:
            return "name", named
        return "family_name", await self._of_family(family)

    async def _of(self, index: str, value: bytes) -> Query | None:
        return _about(await self._people.search(index, value, _MOST_NAMESAKES))

    async def _of_family(self, family: str) -> Query | None:
        rows = await self._disputes.newest({"open": True}, _MOST_OPEN)
        found = []
        for citizen, sealed in await self._people.sealed_of(sorted({row["citizen"] for row in rows})):
            with contextlib.suppress(KeyDestroyedError):  # they have just left
                if (await self._vault.open(sealed)).get("name", "").startswith(family):
                    found.append(citizen)
        return _about(found)


def _without_labels(text: str) -> str:
    return _TITLE.sub("", _LABEL.sub("", text))


def _about(citizens: Sequence[str]) -> Query | None:
    return {"citizen": {"$in": list(citizens)}} if citizens else None


def _case_numbers(text: str, on: date) -> list[str]:
    """The numbers that are meant, whole or by the end: D-2026-000013, D 2026 000013, 2026-13, 000013, 13."""
    if whole := _WHOLE.search(text):
        return [f"D-{whole[1]}-{whole[2]}"]
    if in_year := _IN_YEAR.fullmatch(text):
        return [f"D-{in_year[1]}-{int(in_year[2] or in_year[3]):06d}"]
    if end := _END.fullmatch(text):
        return [f"D-{year}-{int(end[1]):06d}" for year in range(on.year, on.year - _YEARS - 1, -1)]
    return []
