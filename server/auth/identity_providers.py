"""The providers at which citizens sign in: whom one vouches for, to a page of ours or to an app."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from schema.types.principal import VerifiedIdentity
from schema.types.sign_in import AppCode
from server.auth.oidc.errors import BadIdTokenError, GrantRefusedError, NotSignedInError, ProviderError
from server.auth.oidc.flows import Begun, Flows, Returned, check_origin
from server.auth.oidc.relying_party import RelyingParty
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.kit.clock import Clock
from server.platform.kit.json import JsonObject
from server.platform.observability import metrics
from server.settings.citizen_providers import CitizenProvider

log = logging.getLogger("egret.sessions")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
"""RFC 7636, section 4.1."""
_LONGEST_NONCE = 512
_LONGEST_VALUE = 64
"""Of a verified name or ID number."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider vouches for."""

    account: str = field(repr=False)
    """Issuer and subject: what stays the same of a person there."""
    identity: VerifiedIdentity | None
    """None where the provider has not verified it."""


class IdentityProviders:
    """Every provider of the settings, by its code."""

    def __init__(
        self, http: httpx.AsyncClient, providers: Sequence[CitizenProvider], signed_tokens: SignedTokens, clock: Clock
    ) -> None:
        self.all = tuple(providers)
        self._clients = {one.code: one for one in providers}
        self._parties = {one.code: RelyingParty(http, one, clock) for one in providers}
        self._flows = {one.code: Flows(signed_tokens, f"citizen sign-in {one.code}") for one in providers}
        self._signed_tokens = signed_tokens

    def get(self, code: str) -> CitizenProvider | None:
        """What the settings say of a provider."""
        return self._clients.get(code)

    async def authorization_endpoint(self, code: str) -> str | None:
        """Where an app sends people to; None while the provider does not say."""
        with contextlib.suppress(ProviderError), _logged(code):
            return (await self._parties[code].provider.metadata()).authorization_endpoint
        return None

    async def begin(self, code: str, back: str) -> Begun:
        """A browser goes to a provider, to come `back` to a page of ours. Raises ProviderError."""
        with _logged(code):
            return await self._flows[code].begin(self._parties[code], self._clients[code].redirect_uri, back=back)

    def way_back(self, code: str, flow: str, state: str) -> str | None:
        """Where this browser wanted to go; None where it did not begin this sign-in, or too long ago."""
        try:
            return str(self._flows[code].read(flow, state)["back"])
        except BadSignedTokenError:
            return None

    async def finish(self, code: str, flow: str, returned: Returned) -> Vouched:
        """Who comes back from a provider to a page.

        Raises:
            NotSignedInError: for whatever reason, which the log alone says.
            ProviderError: it cannot be told now; the flow is good once more.
        """
        party, redirect_uri = self._parties[code], self._clients[code].redirect_uri
        try:
            with _logged(code):
                begun = await self._flows[code].finish(party, flow, returned)
                return await self._vouched(code, returned.code, begun["verifier"], begun["nonce"], redirect_uri)
        except ProviderError:
            await self._signed_tokens.restore(flow)
            raise
        except (BadSignedTokenError, BadIdTokenError, GrantRefusedError) as error:
            raise _not_signed_in(error) from None

    async def redeem(self, given: AppCode) -> Vouched:
        """Who has signed in from an app. Raises NotSignedInError, ProviderError."""
        client = self._clients.get(given.provider)
        if client is None or given.redirect_uri not in client.app_redirect_uris:
            raise NotSignedInError("provider or redirect address are not those of the settings")
        if _VERIFIER.fullmatch(given.verifier) is None or not 0 < len(given.nonce) <= _LONGEST_NONCE:
            raise NotSignedInError("verifier or nonce are none")
        try:
            with _logged(client.code):
                await check_origin(self._parties[client.code], given.issuer, given.code)
                return await self._vouched(client.code, given.code, given.verifier, given.nonce, given.redirect_uri)
        except (BadSignedTokenError, BadIdTokenError, GrantRefusedError) as error:
            raise _not_signed_in(error) from None

    async def _vouched(self, code: str, grant: str, verifier: str, nonce: str, redirect_uri: str) -> Vouched:
        party = self._parties[code]
        tokens, claims = await party.redeem(grant, verifier, nonce, redirect_uri)
        asked = self._clients[code].verified
        if asked is not None and not asked.are_in(claims):
            claims = await party.with_userinfo(claims, tokens.access_token)
        return Vouched(f"{party.client.issuer}|{claims['sub']}", self._identity(code, claims))

    def _identity(self, code: str, claims: JsonObject) -> VerifiedIdentity | None:
        asked = self._clients[code].verified
        found = None if asked is None else asked.of(claims)
        if found is None or max(map(len, found)) > _LONGEST_VALUE:
            return None
        return VerifiedIdentity(*found)


@contextlib.contextmanager
def _logged(code: str) -> Iterator[None]:
    """An operator reads of a provider that does not answer as it has to."""
    try:
        yield
    except ProviderError as error:
        metrics.CITIZEN_PROVIDER_FAILURES.labels(code).inc()
        log.warning("the provider %s is of no use now: %s", code, error)
        raise


def _not_signed_in(error: Exception) -> NotSignedInError:
    log.warning("a citizen's sign-in failed: %s %s", type(error).__name__, error)
    return NotSignedInError()
