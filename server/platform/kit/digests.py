"""SHA-256 as hexadecimal text: what stands for a token, a text or a file, and tells nothing of it."""

from __future__ import annotations

import hashlib
from typing import IO


def digest_of(text: str) -> str:
    """The digest of a text. What is short or easy to guess needs a keyed one: `Vault.blind`."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_file(file: IO[bytes]) -> str:
    """The digest of a file from its beginning, read piece by piece."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
