"""A version of the scheme that takes effect soon: everyone who takes part is told once, before its day.

A page of citizens is one transaction, and which page was done is kept by version: any number of workers may run, a
version is told for one day only, and who joins after its pages were done agrees to it as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date

from pydantic import JsonValue

from schema.types.principal import CLOCK, Caller
from scoring.dated import Text
from scoring.scheme import Scheme
from server.citizens.consents import computable
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.platform.core.unit_of_work import Transaction, use_case
from server.scores.versions.files import scheme_of
from server.scores.versions.model import SchemeVersionRow
from server.scores.versions.repository import SchemeVersionRepository

_PAGE = 200
_LAST = "g"
_NAMED = 3


class Announcements:
    """Tells of versions ahead."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._store = container.store
        self._unit_of_work = container.unit_of_work

    async def ahead(self, today: date, last: date) -> list[SchemeVersionRow]:
        """Approved versions of this city that take effect from today to a day."""
        rows = SchemeVersionRepository(self._store)
        return await rows.ahead(self._container.scheme.id, today.isoformat(), last.isoformat())

    async def page(self, version: SchemeVersionRow, today: date, after: str | None) -> tuple[int, str | None]:
        """The next citizens: how many, and the last of a full page."""
        said = await self._said(version)
        people = await self._tell(Caller(CLOCK), version["_id"], after or "", today.isoformat(), said=said)
        return len(people), people[-1] if len(people) == _PAGE else None

    @use_case("announce_version")
    async def _tell(
        self, tx: Transaction, version: str, after: str, today: str, *, said: Mapping[str, JsonValue]
    ) -> list[str]:
        agreed = computable(self._container.scheme, date.fromisoformat(today))
        people = await CitizenRepository(tx).enrolled_between(after, _LAST, _PAGE, agreed)
        told = [(citizen, said) for citizen in people]
        await self._container.citizens.notify_each(tx, "scheme_changes", told, about=version)
        return [citizen["_id"] for citizen in people]

    async def _said(self, version: SchemeVersionRow) -> Mapping[str, JsonValue]:
        after = await asyncio.to_thread(scheme_of, version["files"], version["_id"])
        names = changed_names(self._container.scheme, after)
        return {
            "on": version["effective_on"],
            "version": version["version"],
            "what": [{"zh": name.zh, "en": name.en} for name in names[:_NAMED]],
            "count": len(names),
        }


def changed_names(before: Scheme, after: Scheme) -> list[Text]:
    """The names of rules and benefits that are new or other than before, in the order of the scheme."""
    rules = [one.label for one in after.rules if before.rules_by_code.get(one.code) != one]
    return rules + [one.label for one in after.benefits if before.benefits_by_code.get(one.code) != one]
