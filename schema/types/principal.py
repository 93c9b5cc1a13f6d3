"""Who is asking. Every query and every write is decided by a `Principal`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from schema.types.errors import RefusalCode, Refused


class Kind(StrEnum):
    """The kinds of principal; a contact that has not bound an identity is anonymous."""

    ANONYMOUS = "anonymous"
    CITIZEN = "citizen"
    AGENT = "agent"
    APPROVER = "approver"
    STEWARD = "steward"
    AUDITOR = "auditor"
    PARTNER = "partner"
    SOURCE = "source"
    OPERATOR = "operator"
    CLOCK = "clock"


class Scope(StrEnum):
    """What an API key may be good for."""

    DELIVER_RECORDS = "records:deliver"
    REVOKE_RECORDS = "records:revoke"
    REPAIR_RECORDS = "records:repair"
    ANSWER_INQUIRIES = "inquiries:answer"
    REDEEM_PASSES = "passes:redeem"
    MANAGE_WEBHOOKS = "webhooks:manage"


@dataclass(frozen=True, slots=True)
class Contact:
    """An account on a channel that the channel itself has verified.

    `id` is pseudonymous: a keyed digest of the account's name, such as an openid.
    """

    channel: str
    id: str


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """Whom the provider of a channel has verified, as it writes the name and the ID number."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """The person or body that asks.

    `id` is the citizen id, staff account, partner or source code. `contact` is set for
    a person who came through a channel, bound or not. `scopes` is what the API key is good for
    that it was told by; empty for people.
    """

    kind: Kind = Kind.ANONYMOUS
    id: str = ""
    contact: Contact | None = None
    scopes: frozenset[Scope] = frozenset()
    verified: VerifiedIdentity | None = None
    """What the provider has verified at the sign-in of this session."""

    @property
    def is_desk(self) -> bool:
        """Whether this is a person of the desk who works on disputes."""
        return self.kind in (Kind.AGENT, Kind.APPROVER)

    @property
    def is_staff(self) -> bool:
        """Whether this is a person with an account of the office."""
        return self.is_desk or self.kind in (Kind.STEWARD, Kind.AUDITOR)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a use case, and what came with the request.

    The same `idempotency_key` gives the same outcome again. `address` is the network that the request came from;
    empty for the bot, whose requests all come from the platform.
    """

    principal: Principal
    idempotency_key: str | None = None
    address: str = ""


ANONYMOUS = Principal()
ANONYMOUS_CALLER = Caller(ANONYMOUS)
CLOCK = Principal(Kind.CLOCK, "clock")
OPERATOR = Principal(Kind.OPERATOR, "operator")


def require(principal: Principal, *kinds: Kind) -> None:
    """Refuse every principal but these kinds. Refused: NOT_SIGNED_IN, FORBIDDEN."""
    if principal.kind in kinds:
        return
    anonymous = principal.kind is Kind.ANONYMOUS
    raise Refused(RefusalCode.NOT_SIGNED_IN if anonymous else RefusalCode.FORBIDDEN)
