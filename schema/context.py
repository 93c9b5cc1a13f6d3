"""What a resolver knows about the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import strawberry

from schema.errors import RefusalCode, Refused
from schema.principal import ANONYMOUS, Kind, Principal
from schema.services import Services


@dataclass(slots=True)
class Context:
    """One request: who asks, what may be called, and the idempotency key if one was sent."""

    services: Services
    principal: Principal = ANONYMOUS
    idempotency_key: str | None = None

    def as_citizen(self) -> Principal:
        """The principal if it is a citizen. Raises Refused (NOT_SIGNED_IN)."""
        return self._require(Kind.CITIZEN)

    def as_desk(self) -> Principal:
        """The principal if it works at the desk. Raises Refused."""
        return self._require(Kind.AGENT, Kind.APPROVER)

    def as_staff(self) -> Principal:
        """The principal if it is a person of the office. Raises Refused."""
        return self._require(Kind.AGENT, Kind.APPROVER, Kind.STEWARD, Kind.AUDITOR)

    def as_steward(self) -> Principal:
        """The principal if it looks after schemes and sources, or audits them. Raises Refused."""
        return self._require(Kind.STEWARD, Kind.AUDITOR)

    def as_citizen_or_desk(self) -> Principal:
        """The principal if it is a citizen or works at the desk. Raises Refused."""
        return self._require(Kind.CITIZEN, Kind.AGENT, Kind.APPROVER)

    def as_partner(self) -> Principal:
        """The principal if it is a partner. Raises Refused."""
        return self._require(Kind.PARTNER)

    def as_source(self) -> Principal:
        """The principal if it is a reporting entity. Raises Refused."""
        return self._require(Kind.SOURCE)

    def _require(self, *kinds: Kind) -> Principal:
        if self.principal.kind in kinds:
            return self.principal
        anonymous = self.principal.kind is Kind.ANONYMOUS
        raise Refused(RefusalCode.NOT_SIGNED_IN if anonymous else RefusalCode.FORBIDDEN)


Info: TypeAlias = strawberry.Info[Context, None]
