"""A sign-in that a citizen says was not theirs: it is ended, and the account that came in is taken off them."""

from __future__ import annotations

from datetime import datetime, timedelta

from schema.types.enrolment import Channel, SignInElsewhere
from schema.types.principal import Kind, Principal
from server.auth.repository import refresh_rows
from server.citizens.contacts import Contacts
from server.citizens.model import BoundContactRow, CitizenRow
from server.citizens.repository import CitizenRepository, ContactRepository
from server.notices.model import NoticeRow
from server.notices.repository import NoticeRepository
from server.platform.core.unit_of_work import Transaction
from server.platform.db import Collections

LIFE = timedelta(days=7)
"""For so long a citizen can say of a sign-in that it was not theirs."""


async def newest_elsewhere(
    within: Collections, citizen: CitizenRow, now: datetime
) -> tuple[NoticeRow, BoundContactRow] | None:
    """The newest sign-in that was told as new and has not been ended, with its account."""
    bound = {one["hash"]: one for one in citizen.get("contacts", [])}
    notice = await NoticeRepository(within).newest(citizen["_id"], "signed_in", now - LIFE, list(bound))
    if notice is None or notice["about"] is None:
        return None
    contact = await ContactRepository(within).get(notice["about"])
    ended = None if contact is None else contact.get("signed_out_at")
    if contact is None or (ended is not None and ended >= notice["created_at"]):
        return None
    return notice, bound[notice["about"]]


async def sign_in_elsewhere(within: Collections, actor: Principal, now: datetime) -> SignInElsewhere | None:
    """That sign-in, as its citizen is asked about it; None for anyone else."""
    citizen = await CitizenRepository(within).get(actor.id) if actor.kind is Kind.CITIZEN else None
    found = None if citizen is None else await newest_elsewhere(within, citizen, now)
    if found is None:
        return None
    notice, bound = found
    at = notice["created_at"]
    return SignInElsewhere(at=at, channel=Channel(bound["channel"]), undo_until=at + LIFE)


async def end_here(tx: Transaction, contacts: Contacts, contact_id: str) -> None:
    """End every sign-in of the account that asks, on whatever device; it stays bound."""
    await contacts.end_sign_ins(tx, contact_id)
    await refresh_rows(tx).delete_many({"contact": contact_id})
