"""The scheme in force, for what lives longer than one version of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from scoring.scheme import Scheme

Former = Callable[[str], Awaitable[Iterable[Scheme]]]
"""Finds the schemes that were in force under a `version`."""


class SchemeInForce:
    """Holds the scheme of now; a new version takes its place between two steps of whoever reads it."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self._known = {scheme.digest: scheme}
        self._former: Former | None = None

    def replace(self, scheme: Scheme) -> None:
        """From here on this is the scheme."""
        self._known[scheme.digest] = scheme
        self.scheme = scheme

    def look_up_former_in(self, former: Former) -> None:
        """Where `of` looks for what this process never had in force."""
        self._former = former

    async def of(self, digest: str, version: str) -> Scheme:
        """The scheme of a digest, by which a statement was made; the one of now where it is not known any more."""
        if digest not in self._known and self._former is not None:
            self._known |= {scheme.digest: scheme for scheme in await self._former(version)}
        return self._known.get(digest, self.scheme)


class FollowsScheme:
    """A service that reads the scheme anew at each use, so that it need not be made again for a new version."""

    _in_force: SchemeInForce

    @property
    def _scheme(self) -> Scheme:
        return self._in_force.scheme
