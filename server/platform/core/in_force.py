"""The scheme in force, for what lives longer than one version of it."""

from __future__ import annotations

from scoring.scheme import Scheme


class SchemeInForce:
    """Holds the scheme of now; a new version takes its place between two steps of whoever reads it."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme

    def replace(self, scheme: Scheme) -> None:
        """From here on this is the scheme."""
        self.scheme = scheme


class FollowsScheme:
    """A service that reads the scheme anew at each use, so that it need not be made again for a new version."""

    _in_force: SchemeInForce

    @property
    def _scheme(self) -> Scheme:
        return self._in_force.scheme
