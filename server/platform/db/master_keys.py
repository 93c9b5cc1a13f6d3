"""The master keys that wrap data keys, as the driver takes them; `crypto.kms` makes them of settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.platform.db.collections import Document

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The master keys that a process can use, and the one that it wraps new data keys with."""

    providers: Mapping[str, Fields] = field(repr=False)
    """What each is reached by, as PyMongo takes it; holds secrets."""
    provider: str
    key: Fields | None = None
    """Which key of a key management service; our own need none."""
    tls: Mapping[str, Fields] = field(default_factory=dict)

    @property
    def wrapped_otherwise(self) -> Document:
        """A query for the data keys that another master key than the present one wraps."""
        present = {"masterKey.provider": self.provider}
        return {"$nor": [present | {f"masterKey.{name}": value for name, value in (self.key or {}).items()}]}
