"""What a citizen agreed to, and whether a score may be computed for them.

Nothing is computed for a citizen who only looks at their records and corrects them, who paused it, or whom the register
of residents has as no resident. The causes stand side by side: ending one of them ends no other.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from scoring.catalogue import Consent
from scoring.dated import Text
from scoring.scheme import Scheme
from server.citizens.model import CitizenRow, ConsentRow, EnrolmentRow
from server.citizens.residents.model import Residence
from server.platform.db import Query

RECORDS = "records"
"""The purpose of a consent to see one's records and correct them, and to nothing else."""
NOT_COMPUTED = frozenset({RefusalCode.LOOK_ONLY, RefusalCode.PAUSED_BY_YOU, RefusalCode.SCORE_PAUSED})
"""Why there is no score, where records are still their owner's to see."""
_RECORDS_FILE = Path(__file__).with_name("records_consent.toml")
_NUMBER_SHARED = Text(
    zh="户籍登记里，您的身份号码不止一个人在用，分不清是谁的记录，信用分暂停计算，记录也暂不显示。请带身份证到户籍窗口核对；如果有误，请回复【户籍有误】，由工作人员核对。",
    en="The register of residents gives your ID number to more than one person, so it cannot be told whose "
    "records these are: your score is paused, and records are not shown. Please have it checked at the register's "
    "office with your ID document. If that is wrong, reply “register wrong”: a person checks it.",
)


@cache
def records_consent() -> Consent:
    """The text that a person agrees to who only looks at their records and corrects them."""
    return Consent.model_validate({"purpose": RECORDS, **tomllib.loads(_RECORDS_FILE.read_text("utf-8"))})


def consent_document(version: str, scheme: Scheme, now: datetime) -> ConsentRow:
    """A consent given now, for the purpose of the scheme."""
    return given(scheme.consent.model_copy(update={"version": version}), now)


def given(consent: Consent, now: datetime) -> ConsentRow:
    """A consent given now to a text, for its purpose."""
    return {
        "version": consent.version,
        "purpose": consent.purpose,
        "granted_at": now,
        "withdrawn_at": None,
    }


def may_compute(citizen: CitizenRow, scheme: Scheme, on: date) -> bool:
    """Whether a citizen's score may be computed on a day (promise 1)."""
    stands_still = only_looks(citizen) or has_paused(citizen) or is_paused(citizen)
    return not stands_still and agreed(citizen["consents"], scheme, on)


def computable(scheme: Scheme, on: date) -> Query:
    """As `may_compute`, to find citizens by."""
    going = {"look_only_since": None, "paused_since": None, "residence.paused": {"$ne": True}}
    return {**going, **agreed_query(scheme, on)}


def only_looks(citizen: CitizenRow) -> bool:
    """Whether a citizen sees and corrects their records, and takes part in no score."""
    return citizen.get("look_only_since") is not None


def has_paused(citizen: CitizenRow) -> bool:
    """Whether a citizen wants nothing computed for the time being."""
    return citizen.get("paused_since") is not None


def is_paused(citizen: CitizenRow) -> bool:
    """Whether nothing is computed, since the register of residents has the citizen as no resident."""
    return "residence" in citizen and citizen["residence"]["paused"]


def is_shared(citizen: CitizenRow) -> bool:
    """Whether the register gives the citizen's ID number to other people as well."""
    return "residence" in citizen and citizen["residence"]["why"] == Residence.SHARED


def why_not_computed(citizen: CitizenRow) -> Refused:
    """What to answer a citizen whose score may not be computed."""
    if is_paused(citizen) and is_shared(citizen):
        return Refused(RefusalCode.SCORE_PAUSED, message=_NUMBER_SHARED)
    if only_looks(citizen):
        return Refused(RefusalCode.LOOK_ONLY)
    if has_paused(citizen):
        return Refused(RefusalCode.PAUSED_BY_YOU)
    return Refused(RefusalCode.SCORE_PAUSED if is_paused(citizen) else RefusalCode.CONSENT_OUTDATED)


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
