"""What a resolver knows about the request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from schema.api.loading import RequestLoading
from schema.api.services import Services
from schema.engine.watching import Watch, Watched, unwatched
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS_CALLER, Caller, Kind, Principal, Scope, require


@dataclass(slots=True)
class Context:
    """One request: who calls, in which language they read, what may be called, and who watches."""

    services: Services
    caller: Caller = ANONYMOUS_CALLER
    watch: Watch = unwatched
    language: str = "zh"
    watched: Watched = field(default_factory=Watched)
    _loading: RequestLoading | None = None

    @property
    def loading(self) -> RequestLoading:
        """Reads what objects refer to."""
        if self._loading is None:
            self._loading = RequestLoading(self.services, self.principal)
        return self._loading

    @property
    def principal(self) -> Principal:
        """Who calls."""
        return self.caller.principal

    def as_citizen(self) -> Caller:
        """The caller if it is a citizen. Raises Refused (NOT_SIGNED_IN)."""
        return self._require(Kind.CITIZEN)

    def as_desk(self) -> Caller:
        """The caller if it works at the desk. Raises Refused."""
        return self._require(Kind.AGENT, Kind.APPROVER)

    def as_staff(self) -> Caller:
        """The caller if it is a person of the office. Raises Refused."""
        return self._require(Kind.AGENT, Kind.APPROVER, Kind.STEWARD, Kind.AUDITOR)

    def as_steward(self) -> Caller:
        """The caller if it looks after schemes and sources, or audits them. Raises Refused."""
        return self._require(Kind.STEWARD, Kind.AUDITOR)

    def as_steward_alone(self) -> Caller:
        """The caller if it looks after schemes and sources; an auditor only reads. Raises Refused."""
        return self._require(Kind.STEWARD)

    def as_auditor(self) -> Caller:
        """The caller if it audits. Raises Refused."""
        return self._require(Kind.AUDITOR)

    def as_citizen_or_desk(self) -> Caller:
        """The caller if it is a citizen or works at the desk. Raises Refused."""
        return self._require(Kind.CITIZEN, Kind.AGENT, Kind.APPROVER)

    def as_partner(self, scope: Scope) -> Caller:
        """The caller if it is a partner whose key has the scope. Raises Refused."""
        return self._with_scope(scope, Kind.PARTNER)

    def as_source(self, scope: Scope) -> Caller:
        """The caller if it is a reporting entity whose key has the scope. Raises Refused."""
        return self._with_scope(scope, Kind.SOURCE)

    def as_institution(self, scope: Scope) -> Caller:
        """The caller if it is a reporting entity or a partner whose key has the scope. Raises Refused."""
        return self._with_scope(scope, Kind.SOURCE, Kind.PARTNER)

    def as_institution_or_steward(self, scope: Scope) -> Caller:
        """As `as_institution`, or one who looks after sources. Raises Refused."""
        if self.principal.kind in (Kind.STEWARD, Kind.AUDITOR):
            return self.caller
        return self.as_institution(scope)

    def _with_scope(self, scope: Scope, *kinds: Kind) -> Caller:
        caller = self._require(*kinds)
        if scope not in caller.principal.scopes:
            raise Refused(RefusalCode.SCOPE_MISSING, scope=scope.value)
        return caller

    def _require(self, *kinds: Kind) -> Caller:
        require(self.principal, *kinds)
        return self.caller


Info: TypeAlias = strawberry.Info[Context, None]
