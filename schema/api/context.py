"""What a resolver knows about the request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import strawberry

from schema.api.services import Services
from schema.engine.watching import Watch, Watched, unwatched
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Kind, Principal, Scope

if TYPE_CHECKING:
    pass


@dataclass(slots=True)
class Context:
    """One request: who asks, what may be called, the idempotency key if one was sent, and who watches.

    `address` is the network that it came from; empty for the bot, whose requests all come from the platform.
    """

    services: Services
    principal: Principal = ANONYMOUS
    idempotency_key: str | None = None
    watch: Watch = unwatched
    watched: Watched = field(default_factory=Watched)
    address: str = ""

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

    def as_partner(self, scope: Scope) -> Principal:
        """The principal if it is a partner whose key has the scope. Raises Refused."""
        return self._by_key(Kind.PARTNER, scope)

    def as_source(self, scope: Scope) -> Principal:
        """The principal if it is a reporting entity whose key has the scope. Raises Refused."""
        return self._by_key(Kind.SOURCE, scope)

    def _by_key(self, kind: Kind, scope: Scope) -> Principal:
        principal = self._require(kind)
        if scope not in principal.scopes:
            raise Refused(RefusalCode.SCOPE_MISSING, scope=scope.value)
        return principal

    def _require(self, *kinds: Kind) -> Principal:
        if self.principal.kind in kinds:
            return self.principal
        anonymous = self.principal.kind is Kind.ANONYMOUS
        raise Refused(RefusalCode.NOT_SIGNED_IN if anonymous else RefusalCode.FORBIDDEN)


Info: TypeAlias = strawberry.Info[Context, None]
