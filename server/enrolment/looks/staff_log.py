"""What an auditor reads: what staff and operators did and looked at, without whom it was about.

Whom or what an entry is about stands as the kind of its chain and a few digits of a digest: an auditor sees that an
account looked at forty people, or forty times at one, and learns nothing of any.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from schema.types.connection import Connection, Page, connect
from schema.types.look import StaffLogEntry
from schema.types.principal import Kind
from server.platform.core import audit
from server.platform.db import Document, Store
from server.platform.kit.digests import digest_of

_DIGITS = 8
_LONGEST = 64
"""Characters of an account."""


class StaffLog:
    """Implements `schema.api.services.StaffLogs`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def entries(self, account: str | None, page: Page) -> Connection[StaffLogEntry]:
        by = account and account[:_LONGEST]
        links = await audit.links_of_staff(self._store, by, page.first + 1, _before(page))
        entries = [_entry(link) for link in links[: page.first]]
        count = partial(audit.count_links_of_staff, self._store, by)
        return connect(entries, lambda entry: entry.key, page, has_next=len(links) > page.first, count=count)


def _before(page: Page) -> tuple[datetime, str] | None:
    if page.after is None:
        return None
    at, _, seen = page.after.partition("|")
    return Page(page.first, at).moment(), seen


def _entry(link: Document) -> StaffLogEntry:
    return StaffLogEntry(
        key=f"{link['at'].isoformat()}|{link['hash']}",
        at=link["at"],
        account=link["by"],
        role=Kind(link["role"]),
        action=link["action"],
        look=link["look"],
        subject=_subject_of(link["chain"]),
    )


def _subject_of(chain: str) -> str:
    """The kind of a chain, and digits that are its own."""
    kind, _, name = chain.partition(":")
    return f"{kind} {digest_of(chain)[:_DIGITS]}" if name else kind
