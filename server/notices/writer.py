"""Raises notices: a row for the person's own list, and one in the outbox that brings it to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

from pydantic import JsonValue

from server.citizens.model import CitizenRow
from server.notices.kinds import NoticeKind, kind_of, wait_on
from server.notices.model import NoticeRow, NoticeState
from server.notices.repository import NoticeRepository
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Sealed

NOTICE = "notice"
"""The kind of outbox rows that carry a notice; each has the id of its notice."""


class NoticeWriter:
    """Implements `server.citizens.service.Notifier`."""

    def __init__(self, vault: Vault, mini_notices: frozenset[str] = frozenset()) -> None:
        """`mini_notices` are those that the mini-program has a template for."""
        self._vault = vault
        self._mini_notices = mini_notices

    async def add_each(
        self,
        tx: Transaction,
        kind: str,
        told: Sequence[tuple[CitizenRow, Mapping[str, JsonValue]]],
        *,
        about: str | None = None,
        once: str | None = None,
        without: str | None = None,
    ) -> None:
        """Raise a notice for each citizen, within the caller's transaction; not again for the same `about` and `once`.

        Without `about` no two are the same. None goes to the account `without`.
        """
        if not told:
            return
        sealers = await self._vault.sealers([citizen["key"] for citizen, _ in told])
        rows = [
            self._row(tx, kind, citizen, sealer.seal(data), about, once, without)
            for (citizen, data), sealer in zip(told, sealers, strict=True)
        ]
        notices = NoticeRepository(tx)
        if about is None:
            await notices.add(rows)
        else:
            rows = [row for row in rows if await notices.add_once(row)]
        keys = {citizen["_id"]: citizen["key"] for citizen, _ in told}
        sent = [row for row in rows if row["state"] == NoticeState.SENDING.value]
        if sent:
            messages = [(keys[row["citizen"]], {"notice": row["_id"], "citizen": row["citizen"]}) for row in sent]
            await tx.notify_each(NOTICE, messages, ids=[row["_id"] for row in sent], urgent=not kind_of(kind).may_wait)

    def _row(
        self,
        tx: Transaction,
        name: str,
        citizen: CitizenRow,
        sealed: Sealed,
        about: str | None,
        once: str | None,
        without: str | None,
    ) -> NoticeRow:
        kind = kind_of(name)
        notice_id = uuid4().hex
        row: NoticeRow = {
            "_id": notice_id,
            "citizen": citizen["_id"],
            "kind": name,
            "about": about,
            "once": notice_id if about is None else once or "",
            "created_at": tx.now,
            "sealed": sealed,
            "state": (NoticeState.SENDING if self._has_way(citizen, name, kind, without) else NoticeState.KEPT).value,
            "tries": [],
            "delivered_at": None,
            "way": None,
            "read_at": None,
        }
        if "desk" in kind.then:
            row["desk_at"] = tx.now + 2 * wait_on(tx.today)
        if without is not None:
            row["without"] = without
        return row

    def _has_way(self, citizen: CitizenRow, name: str, kind: NoticeKind, without: str | None) -> bool:
        """Whether anything can be sent; a citizen without accounts reads what is kept in their list."""
        channels = {bound["channel"] for bound in citizen.get("contacts", []) if bound["hash"] != without}
        return bool(kind.then) or "wechat" in channels or ("mini" in channels and name in self._mini_notices)
