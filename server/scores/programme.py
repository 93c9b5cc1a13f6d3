"""What is public about the scheme."""

from __future__ import annotations

from datetime import date

from schema.types.errors import RefusalCode, Refused
from schema.types.programme import Scheme as SchemeView
from schema.types.rule import Rule
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.kit.clock import Clock, day_of
from server.scores.mapping import scheme_view


class ProgrammeService(FollowsScheme):
    """Implements `schema.api.services.Programme`."""

    def __init__(self, scheme: SchemeInForce, clock: Clock) -> None:
        self._in_force = scheme
        self._clock = clock

    def scheme(self) -> SchemeView:
        return scheme_view(self._scheme, day_of(self._clock()))

    def rule_of(self, key: str) -> Rule:
        code, *days = key.split("|")
        rule = self._scheme.rules_by_code.get(code)
        try:
            on, limits_on = (date.fromisoformat(day) for day in days)
        except ValueError:
            raise Refused(RefusalCode.NOT_FOUND) from None
        if rule is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return Rule.of(self._scheme, rule, on, limits_on)
