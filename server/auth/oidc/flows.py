"""The way to a provider and back: the authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1)."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from server.auth.oidc.relying_party import RelyingParty
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.kit.json import JsonObject

FLOW_LIFE = timedelta(minutes=10)
LONGEST_CODE = 4096


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that began: where the browser goes, and what it keeps meanwhile, readable by us alone."""

    url: str
    state: str
    flow: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brings back (RFC 6749 section 4.1.2, RFC 9207)."""

    state: str
    code: str
    issuer: str | None


class Flows:
    """Begins and ends flows of one kind: what another kind began, it does not end."""

    def __init__(self, signed_tokens: SignedTokens, purpose: str) -> None:
        self._signed_tokens = signed_tokens
        self._purpose = purpose

    async def begin(self, party: RelyingParty, redirect_uri: str, **kept: str) -> Begun:
        """State, nonce and verifier are made here; the browser that gets them is the only one that can come back.

        `kept` is there again at the end. Raises ProviderError.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = await party.provider.authorization_url(state, nonce, verifier, redirect_uri)
        content = {"state": state, "nonce": nonce, "verifier": verifier, **kept}
        flow, _ = self._signed_tokens.issue(self._purpose, content, FLOW_LIFE)
        return Begun(url, state, flow)

    def read(self, flow: str, state: str) -> JsonObject:
        """What this browser's sign-in began with. Raises BadSignedTokenError."""
        content = self._signed_tokens.read(self._purpose, flow)
        if not hmac.compare_digest(content["state"].encode(), state.encode()):
            raise BadSignedTokenError("another sign-in's state")
        return content

    async def finish(self, party: RelyingParty, flow: str, returned: Returned) -> JsonObject:
        """As `read`, used up. Raises BadSignedTokenError, also where the code is not this provider's; ProviderError."""
        content = self.read(flow, returned.state)
        await self._signed_tokens.consume(flow)
        await check_origin(party, returned.issuer, returned.code)
        return content


async def check_origin(party: RelyingParty, issuer: str | None, code: str) -> None:
    """Whether a code comes from this provider (RFC 9207, section 2.4). Raises BadSignedTokenError, ProviderError."""
    metadata = await party.provider.metadata()
    if issuer != party.client.issuer and (issuer is not None or metadata.names_itself):
        raise BadSignedTokenError("another issuer")
    if not 0 < len(code) <= LONGEST_CODE:
        raise BadSignedTokenError("no code")
