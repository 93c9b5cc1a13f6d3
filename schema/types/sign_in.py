"""Signing in at a provider, from an app."""

from __future__ import annotations

from dataclasses import dataclass, field

import strawberry

from schema.types.errors import LocalText
from schema.types.scalars import Masked


@dataclass(frozen=True, slots=True)
class AppCode:
    """What an app got back from a provider, and what it began with."""

    provider: str
    code: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    nonce: str = field(repr=False)
    issuer: str | None
    device: str | None = field(default=None, repr=False)


@strawberry.type(description="An OpenID Connect provider at which citizens sign in from an app.")
class SignInProvider:
    """What an app needs to send people there: by the authorization code flow with PKCE (S256) and a nonce."""

    code: str
    label: LocalText
    issuer: str
    client_id: str
    scope: str
    redirect_uris: list[str]

    @strawberry.field(description="Where to send people to; null while the provider does not say.")
    async def authorization_endpoint(self, info: strawberry.Info) -> str | None:
        endpoint: str | None = await info.context.services.sessions.authorization_endpoint(self.code)
        return endpoint


@strawberry.type(
    name="VerifiedIdentity", description="Name and ID number as the provider of this session has verified them."
)
class VerifiedIdentityView:
    """How they may be shown."""

    masked_name: Masked
    masked_id_number: Masked
