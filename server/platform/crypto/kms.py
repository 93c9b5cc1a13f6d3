"""Which master key wraps the data keys: one of our own, or one that a key management service never lets out.

A data key names the master key that wraps it. Our own are named by their digest, so that a server that holds two
of them, as during a rotation, always knows which to take.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final, Literal

from server.platform.db.master_keys import Fields, MasterKeys
from server.platform.kit.errors import OperatorError

Provider = Literal["local", "aws", "azure", "gcp", "kmip"]


class BadKmsError(OperatorError):
    """A setting of the key management service is missing or wrong; the text says what to set."""


def local_keys(present: bytes, *others: bytes, first: bytes | None = None) -> MasterKeys:
    """Our own master keys: the present one wraps, the others only open.

    `first` is the one that wrapped what was made before master keys had names; the present one, if none is given.
    """
    return MasterKeys(_local(first or present, present, *others), name_of(present))


def name_of(master_key: bytes) -> str:
    """What a data key calls our master key that wraps it."""
    return f"local:{blake2b(master_key, digest_size=8, person=b'egret master').hexdigest()}"


def service_keys(
    provider: str, credentials: str, key: str, tls: str = "", *, local: Sequence[bytes] = ()
) -> MasterKeys:
    """A key of a key management service; `local` are former keys of our own, which only open.

    Raises:
        BadKmsError: names the setting, and what is missing or not known.
    """
    reached = _fields("EGRET_KMS_CREDENTIALS", credentials, *_CREDENTIALS[provider], provider)
    named = _fields("EGRET_KMS_KEY", key, *_KEYS[provider], provider)
    options = {provider: _fields("EGRET_KMS_TLS", tls, (), _TLS, provider)} if tls else {}
    own = _local(local[0], *local) if local else {}
    return MasterKeys({**own, provider: reached}, provider, named, options)


def _local(first: bytes, *keys: bytes) -> dict[str, Fields]:
    own: dict[str, Fields] = {"local": {"key": first}}
    return own | {name_of(key): {"key": key} for key in keys}


_Names = tuple[tuple[str, ...], tuple[str, ...]]
"""Fields that must be there, and those that may."""
_CREDENTIALS: Final[Mapping[str, _Names]] = {
    "aws": (("accessKeyId", "secretAccessKey"), ("sessionToken",)),
    "azure": (("tenantId", "clientId", "clientSecret"), ("identityPlatformEndpoint",)),
    "gcp": (("email", "privateKey"), ("endpoint",)),
    "kmip": (("endpoint",), ()),
}
_KEYS: Final[Mapping[str, _Names]] = {
    "aws": (("region", "key"), ("endpoint",)),
    "azure": (("keyVaultEndpoint", "keyName"), ("keyVersion",)),
    "gcp": (("projectId", "location", "keyRing", "keyName"), ("keyVersion", "endpoint")),
    "kmip": (("keyId",), ("endpoint", "delegated")),
}
_TLS = ("tlsCAFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword")


def _fields(setting: str, text: str, needed: Sequence[str], allowed: Sequence[str], provider: str) -> Fields:
    """The JSON object of a setting; what it holds is never in a message."""
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise BadKmsError(f"Set {setting}: for {provider} it is a JSON object with {', '.join(needed or allowed)}.")
    for name in needed:
        if not given.get(name):
            raise BadKmsError(f"Set {setting}: {provider} needs {name}.")
    for name, value in given.items():
        if name not in (*needed, *allowed):
            raise BadKmsError(f"Set {setting}: {provider} knows no {name}; it takes {', '.join((*needed, *allowed))}.")
        if not isinstance(value, bool if name == "delegated" else str):
            raise BadKmsError(f"Set {setting}: {name} is {'true or false' if name == 'delegated' else 'a text'}.")
    return given
