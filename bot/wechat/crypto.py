"""Signatures and encryption of the WeChat message push.

Source: Tencent's message-push page. SHA-1 over the sorted
parts; AES-256-CBC with the key's first 16 bytes as IV and PKCS#7 over 32 bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_TIMESTAMP = re.compile(r"[0-9]{10}")
_NONCE = re.compile(r"[0-9A-Za-z]{1,64}")
SKEW_SECONDS = 300


class RefusedRequestError(Exception):
    """Not from WeChat, or not whole. It says nothing more, on purpose."""


def sign(token: str, *parts: str) -> str:
    """The hexadecimal signature of WeChat: SHA-1 over the sorted, joined parts."""
    return hashlib.sha1("".join(sorted((token, *parts))).encode(), usedforsecurity=False).hexdigest()


def check_signature(token: str, signature: str, timestamp: str, nonce: str, *more: str, now: float) -> None:
    """Compare in constant time; timestamp and nonce must be unambiguous and recent.

    Raises:
        RefusedRequestError: in every other case.
    """
    well_formed = _TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce)
    try:
        expected = sign(token, timestamp, nonce, *more).encode()
        given = signature.encode()
    except UnicodeEncodeError:
        raise RefusedRequestError from None
    if not hmac.compare_digest(expected, given) or not well_formed:
        raise RefusedRequestError
    if abs(now - int(timestamp)) > SKEW_SECONDS:
        raise RefusedRequestError


class MessageCipher:
    """Encrypts and decrypts message bodies for one EncodingAESKey and app id."""

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        key = base64.b64decode(encoding_aes_key + "=")
        self._app_id = app_id.encode()
        if len(key) != _BLOCK:
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def encrypt(self, message: str, *, prefix: bytes | None = None) -> str:
        """Base64 of the encrypted message; `prefix` (16 bytes) is random unless a test gives one."""
        data = message.encode()
        full = (prefix or secrets.token_bytes(16)) + struct.pack(">I", len(data)) + data + self._app_id
        padding = _BLOCK - len(full) % _BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(full + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted: str) -> str:
        """The message. Raises RefusedRequestError, the same for every fault."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
            decryptor = self._cipher.decryptor()
            return self._message(decryptor.update(sealed) + decryptor.finalize())
        except (ValueError, binascii.Error, struct.error):
            raise RefusedRequestError from None

    def _message(self, padded: bytes) -> str:
        padding = padded[-1] if padded else 0
        if not 1 <= padding <= _BLOCK or padded[-padding:] != bytes([padding]) * padding:
            raise ValueError("padding")
        full = padded[:-padding]
        (length,) = struct.unpack(">I", full[16:20])
        message, app_id = full[20 : 20 + length], full[20 + length :]
        if len(message) != length or not hmac.compare_digest(app_id, self._app_id):
            raise ValueError("length or app id")
        return message.decode(errors="ignore")  # the platform may cut a text within a character
