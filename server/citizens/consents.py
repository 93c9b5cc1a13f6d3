"""What binding and the rest of enrolment share: who asks, and consents as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from scoring.dated import Text
from scoring.scheme import Scheme
from server.citizens.model import CitizenRow, ConsentRow, EnrolmentRow
from server.citizens.residents.model import Residence
from server.platform.db import Query

_NUMBER_SHARED = Text(
    zh="户籍登记里，您的身份号码不止一个人在用，分不清是谁的记录，信用分暂停计算，记录也暂不显示。请带身份证到户籍窗口核对；如果有误，请回复【户籍有误】，由工作人员核对。",
    en="The register of residents gives your ID number to more than one person, so it cannot be told whose "
    "records these are: your score is paused, and records are not shown. Please have it checked at the register's "
    "office with your ID document. If that is wrong, reply “register wrong”: a person checks it.",
)


def consent_document(version: str, scheme: Scheme, now: datetime) -> ConsentRow:
    """A consent given now, for the purpose of the scheme."""
    return {
        "version": version,
        "purpose": scheme.consent.purpose,
        "granted_at": now,
        "withdrawn_at": None,
    }


def may_compute(citizen: CitizenRow, scheme: Scheme, on: date) -> bool:
    """Whether a citizen's score may be computed on a day (promise 1)."""
    return not is_paused(citizen) and agreed(citizen["consents"], scheme, on)


def computable(scheme: Scheme, on: date) -> Query:
    """As `may_compute`, to find citizens by."""
    return {"residence.paused": {"$ne": True}, **agreed_query(scheme, on)}


def is_paused(citizen: CitizenRow) -> bool:
    """Whether nothing is computed, since the register of residents has the citizen as no resident."""
    return "residence" in citizen and citizen["residence"]["paused"]


def is_shared(citizen: CitizenRow) -> bool:
    """Whether the register gives the citizen's ID number to other people as well."""
    return "residence" in citizen and citizen["residence"]["why"] == Residence.SHARED


def why_not_computed(citizen: CitizenRow) -> Refused:
    """What to answer a citizen whose score may not be computed."""
    if not is_paused(citizen):
        return Refused(RefusalCode.CONSENT_OUTDATED)
    return Refused(RefusalCode.SCORE_PAUSED, message=_NUMBER_SHARED if is_shared(citizen) else None)


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
