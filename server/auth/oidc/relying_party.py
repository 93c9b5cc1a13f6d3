"""Us as a client of one provider: a code becomes what the provider says of a person, once all of it is checked."""

from __future__ import annotations

import httpx

from server.auth.oidc.errors import BadIdTokenError, GrantRefusedError
from server.auth.oidc.id_tokens import check_id_token
from server.auth.oidc.keys import Keys
from server.auth.oidc.provider import Provider, Tokens
from server.platform.kit.clock import Clock
from server.platform.kit.json import JsonObject
from server.settings.oidc import ProviderClient


class RelyingParty:
    """A provider with its keys. Every method may raise ProviderError."""

    def __init__(self, http: httpx.AsyncClient, client: ProviderClient, clock: Clock) -> None:
        self.client = client
        self.provider = Provider(http, client, clock)
        self.keys = Keys(self.provider, clock)
        self._clock = clock

    async def redeem(self, code: str, verifier: str, nonce: str, redirect_uri: str) -> tuple[Tokens, JsonObject]:
        """What a code gives: the tokens, and the claims of the ID token.

        Raises:
            GrantRefusedError: the code is not good, or not with this verifier or redirect address.
            BadIdTokenError: the ID token is not what it has to be.
        """
        tokens = await self.provider.exchange(code, verifier, redirect_uri)
        if tokens.id_token is None:
            raise BadIdTokenError("there is none")
        return tokens, await self.claims(tokens, nonce)

    async def claims(self, tokens: Tokens, nonce: str, *, again: bool = False) -> JsonObject:
        """The claims of an ID token; one that came `again`, by a refresh token, may be without the nonce.

        Raises BadIdTokenError.
        """
        token = await self.keys.verified(tokens.id_token or "")
        expected = None if again and "nonce" not in token.claims else nonce
        return check_id_token(token, self.client, self._clock(), nonce=expected, access_token=tokens.access_token)

    async def with_userinfo(self, claims: JsonObject, access_token: str) -> JsonObject:
        """With what userinfo adds (OpenID Connect Core 1.0, 5.3.2). Raises GrantRefusedError: it is another subject."""
        found = await self.provider.userinfo(access_token)
        if found and found.get("sub") != claims["sub"]:
            raise GrantRefusedError
        return {**found, **claims}
