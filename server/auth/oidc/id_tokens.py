"""What an ID token and a logout token have to say; whether they were signed, `keys` finds out first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry, Token

from server.auth.oidc.errors import BadIdTokenError
from server.platform.kit.json import JsonObject
from server.settings.oidc import ProviderClient

LEEWAY_SECONDS = 30
"""By so much clocks may differ."""
_LONGEST_ID = 255
"""Of a subject (OpenID Connect Core 1.0, section 2); sessions get no more either."""
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_OLDEST_LOGOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Logout:
    """Whose sessions a logout token ends: those of a subject, or of one session at the provider."""

    id: str
    subject: str | None
    session: str | None


def check_id_token(
    token: Token, client: ProviderClient, now: datetime, *, nonce: str | None, access_token: str
) -> JsonObject:
    """The claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7).

    `nonce` is what the sign-in sent; None where a refreshed token has none (section 12.2).

    Raises:
        BadIdTokenError: a claim is missing, wrong, or not of this moment.
    """
    options = {
        "iss": {"essential": True, "value": client.issuer},
        "aud": {"essential": True, "value": client.client_id},
        "sub": {"essential": True},
    }
    params = {"nonce": nonce, "client_id": client.client_id, "access_token": access_token}
    header = token.header if token.header.get("alg") != "Ed25519" else {**token.header, "alg": "EdDSA"}
    try:
        claims = CodeIDToken(token.claims, header, options, params)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise BadIdTokenError(_description(error)) from None
    if len(token.claims["sub"]) > _LONGEST_ID:
        raise BadIdTokenError("its sub is too long")
    return dict(token.claims)


def check_logout_token(token: Token, client: ProviderClient, now: datetime) -> Logout:
    """What a logout token says (OpenID Connect Back-Channel Logout 1.0, section 2.6).

    Raises:
        BadIdTokenError: a claim is missing, wrong, or not of this moment; or it is an ID token.
    """
    claims = token.claims
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": client.issuer},
        aud={"essential": True, "value": client.client_id},
        iat={"essential": True},
        jti={"essential": True},
    )
    try:
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise BadIdTokenError(_description(error)) from None
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict) or "nonce" in claims:
        raise BadIdTokenError("it is no logout token")
    if now.timestamp() - claims["iat"] > _OLDEST_LOGOUT_SECONDS:
        raise BadIdTokenError("it is too old")
    subject, session = (_id(claims.get(name)) for name in ("sub", "sid"))
    if subject is None and session is None:
        raise BadIdTokenError("it names nobody")
    return Logout(claims["jti"], subject, session)


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID else None


def _description(error: Exception) -> str:
    """Names of claims are said by the library; values never are."""
    return f"{type(error).__name__} {getattr(error, 'claim', '')}".strip()
