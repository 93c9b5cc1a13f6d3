"""Sealing bytes under a key: AES-256-GCM with a random nonce in front (NIST SP 800-38D)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.platform.kit.errors import GoneError

_NONCE = 12


class BrokenSealError(GoneError):
    """It was changed, or sealed under another key or about something else."""


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Encrypt under a key of 32 bytes; `about` is authenticated with it, and needed to open it."""
    return seal_with(AESGCM(key), plain, about)


def seal_with(cipher: AESGCM, plain: bytes, about: bytes) -> bytes:
    """As `seal`, where much is sealed under one key."""
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """Decrypt what `seal` gave. Raises BrokenSealError."""
    return unseal_with(AESGCM(key), sealed, about)


def unseal_with(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    """As `unseal`, where much is sealed under one key: making its cipher costs more than decrypting."""
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError):
        raise BrokenSealError from None
