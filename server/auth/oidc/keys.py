"""The provider's signing keys, and whether a token was signed by one of them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import JWSRegistry

from server.auth.oidc.errors import BadIdTokenError, ProviderError
from server.auth.oidc.provider import Provider
from server.platform.kit.clock import Clock

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""With which an ID token may be signed: a private key. `none` and HS* are not among them (RFC 8725, section 3.1)."""
_LONGEST = 16 * 1024
_LIFE = timedelta(hours=1)
_SHORTEST_PAUSE = timedelta(seconds=10)
"""Between two fetches for a key that is not known: anybody may send us a made-up key id."""
_MOST_KEYS = 50
_TYPES = ("RSA", "EC", "OKP")
_SMALLEST_RSA = 2048


class _Registry(JWSRegistry):
    """As its base, but without the warning that RFC 9864 deprecates the name EdDSA: providers still write it."""

    max_header_length = 4096  # some carry their certificates there

    def get_alg(self, name: str) -> Any:
        if name == "EdDSA" and self.allowed and name in self.allowed:
            return self.algorithms[name]
        return super().get_alg(name)


class Keys:
    """The provider's JWK set (RFC 7517), kept for an hour."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._keys_now: KeySet | None = None
        self._fetched_at = clock()
        self._fetching = asyncio.Lock()

    async def verified(self, token: str) -> jwt.Token:
        """The header and the claims of a token whose signature is the provider's; its claims are not looked at.

        A key id that is not known makes it fetch the keys once more: the provider changes them as it likes.

        Raises:
            BadIdTokenError: it is no such token.
            ProviderError: the keys cannot be had.
        """
        if len(token) > _LONGEST:
            raise BadIdTokenError("it is too long")
        allowed = ALGORITHMS.intersection((await self._provider.metadata()).algorithms)
        if not allowed:
            raise ProviderError("it signs with nothing that we accept")
        try:
            return self._decoded(token, await self._keys(), allowed)
        except InvalidKeyIdError:
            if self._clock() - self._fetched_at < _SHORTEST_PAUSE:
                raise BadIdTokenError("its key is not known") from None
        try:
            return self._decoded(token, await self._fetch(), allowed)
        except InvalidKeyIdError:
            raise BadIdTokenError("its key is not known") from None

    def _decoded(self, token: str, keys: KeySet, allowed: frozenset[str]) -> jwt.Token:
        registry = _Registry(algorithms=allowed, strict_check_header=False)
        try:
            return jwt.decode(token, keys, registry=registry)
        except InvalidKeyIdError:
            raise
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise BadIdTokenError(f"it does not verify ({type(error).__name__})") from None

    async def _keys(self) -> KeySet:
        async with self._fetching:
            known = self._keys_now
            age = self._clock() - self._fetched_at
        return known if known is not None and age < _LIFE else await self._fetch()

    async def _fetch(self) -> KeySet:
        began = self._clock()
        async with self._fetching:
            if self._keys_now is None or self._fetched_at <= began:
                found = await self._provider.document((await self._provider.metadata()).jwks_uri)
                self._keys_now = _key_set(found)
                self._fetched_at = self._clock()
            return self._keys_now


def _key_set(found: Mapping[str, object]) -> KeySet:
    given = found.get("keys")
    keys = list(_usable(given)) if isinstance(given, list) else []
    if not keys:
        raise ProviderError("it has no key that we can verify with")
    return KeySet(keys)


def _usable(given: list[Any]) -> Iterator[Key]:
    """Public keys to verify signatures with; one that is broken or weak spoils no other (RFC 7517, section 5)."""
    for one in given[:_MOST_KEYS]:
        if not isinstance(one, dict) or one.get("kty") not in _TYPES or one.get("use", "sig") != "sig":
            continue
        try:
            if one["kty"] != "RSA" or _bits(one["n"]) >= _SMALLEST_RSA:
                yield JWKRegistry.import_key(one)
        except (JoseError, ValueError, TypeError, KeyError):
            continue


def _bits(number: str) -> int:
    """Of a number as JSON Web Keys write it (RFC 7518, section 2)."""
    return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()
