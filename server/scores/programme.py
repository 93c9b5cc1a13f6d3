"""What is public about the scheme."""

from __future__ import annotations

from schema.types.programme import Scheme as SchemeView
from scoring.scheme import Scheme
from server.platform.kit.clock import Clock, day_of
from server.scores.mapping import scheme_view


class ProgrammeService:
    """Implements `schema.api.services.Programme`."""

    def __init__(self, scheme: Scheme, clock: Clock) -> None:
        self._scheme = scheme
        self._clock = clock

    def scheme(self) -> SchemeView:
        return scheme_view(self._scheme, day_of(self._clock()))
