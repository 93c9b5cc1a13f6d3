"""What binding and the rest of enrolment share: who asks, and consents as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from scoring.scheme import Scheme
from server.citizens.model import CitizenRow, ConsentRow, EnrolmentRow
from server.platform.db import Query


def consent_document(version: str, scheme: Scheme, now: datetime) -> ConsentRow:
    """A consent given now, for the purpose of the scheme."""
    return {
        "version": version,
        "purpose": scheme.consent.purpose,
        "granted_at": now,
        "withdrawn_at": None,
    }


def agreed(consents: Sequence[ConsentRow], scheme: Scheme, on: date) -> bool:
    """Whether a citizen's consents let a score be computed on a day."""
    return scheme.consent.covers({c["purpose"] for c in consents if c["withdrawn_at"] is None}, on)


def agreed_query(scheme: Scheme, on: date) -> Query:
    """As `agreed`, to find citizens by."""
    if not scheme.consent.binds(on):
        return {}
    return {"consents": {"$elemMatch": {"purpose": scheme.consent.purpose, "withdrawn_at": None}}}


def enrolment_of(citizen: CitizenRow) -> EnrolmentRow:
    """How a citizen takes part. Raises Refused (NOT_ENROLLED)."""
    enrolment = citizen["enrolment"]
    if enrolment is None:
        raise Refused(RefusalCode.NOT_ENROLLED)
    return enrolment


def contact_id_of(actor: Principal) -> str:
    """The contact that asks. Raises Refused (NO_CHANNEL)."""
    if actor.contact is None:
        raise Refused(RefusalCode.NO_CHANNEL)
    return actor.contact.id
