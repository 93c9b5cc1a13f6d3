"""What the settings say about the city's OpenID Connect provider, and about us as its client."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from schema.types.principal import Kind
from server.platform.kit.errors import OperatorError
from server.platform.kit.safe_urls import NO_PUBLIC_URL, is_safe
from server.platform.kit.strength import SHORTEST, is_weak

DESK_ROLES = (Kind.AGENT, Kind.APPROVER, Kind.STEWARD, Kind.AUDITOR)


class BadRegistrationError(OperatorError):
    """The settings of the provider are half set or weak; each fault says what to set."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class ProviderClient:
    """Us as a client of a provider (OpenID Connect Core 1.0, section 2)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    """Empty for a public client, which has PKCE alone."""
    scope: str


@dataclass(frozen=True, slots=True)
class Registration(ProviderClient):
    """The desk as a client of the city's provider."""

    role_claim: str
    """The name of a claim, or a path of names with dots, such as `realm_access.roles`."""
    roles: Mapping[str, Kind]
    """Values of that claim; of several that a person has, the first of these counts."""
    base_url: str

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends the browser back to: registered there, letter by letter."""
        return f"{self.base_url}/desk/oidc/callback"

    @property
    def signed_out_uri(self) -> str:
        """Where it sends the browser after signing out."""
        return f"{self.base_url}/desk/sign-in"

    def says_role(self, claims: Mapping[str, object]) -> bool:
        """Whether the role claim is there at all."""
        return claimed(claims, self.role_claim) is not None

    def role_of(self, claims: Mapping[str, object]) -> Kind | None:
        """The role that the claim gives; None where it gives none."""
        value = claimed(claims, self.role_claim)
        held = value if isinstance(value, list) else [value]
        return next((role for named, role in self.roles.items() if named in held), None)


def is_issuer(url: str) -> bool:
    """Whether it may be an issuer (OpenID Connect Discovery 1.0, section 3)."""
    return is_safe(url) and not urlsplit(url).query and not urlsplit(url).fragment


def claimed(claims: Mapping[str, object], name: str) -> Any:
    """The value of a claim, or of one inside others, such as `realm_access.roles`; None where there is none."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def registration_of(
    *, issuer: str, client_id: str, client_secret: str, scope: str, role_claim: str, roles: str, base_url: str
) -> Registration | None:
    """The registration that the settings make; None where there is no provider.

    Raises:
        BadRegistrationError: something is missing, weak or not safe.
    """
    if not any((issuer, client_id, client_secret, roles)):
        return None
    needed = {"ISSUER": issuer, "CLIENT_ID": client_id, "ROLES": roles, "ROLE_CLAIM": role_claim}
    faults = [f"Set EGRET_OIDC_{name}: it is missing. {_HINTS[name]}" for name, value in needed.items() if not value]
    faults += _unsafe(issuer, client_secret, scope, base_url)
    meant: Mapping[str, Kind] = {}
    try:
        meant = _roles(roles) if roles else meant
    except BadRegistrationError as error:
        faults += error.faults
    if faults:
        raise BadRegistrationError(*faults)
    return Registration(issuer, client_id, client_secret, scope, role_claim, meant, base_url)


def _unsafe(issuer: str, client_secret: str, scope: str, base_url: str) -> Iterator[str]:
    """What is set, and weak or not safe."""
    if issuer and not is_issuer(issuer):
        yield f"Set EGRET_OIDC_ISSUER: it is no https address. {_HINTS['ISSUER']}"
    if not is_safe(base_url):
        yield NO_PUBLIC_URL
    if client_secret and is_weak(client_secret):
        yield f"Set EGRET_OIDC_CLIENT_SECRET: it is too weak. {_HINTS['CLIENT_SECRET']}"
    if "openid" not in scope.split():
        yield "Set EGRET_OIDC_SCOPE: it has to hold `openid`, such as `openid profile`."


def _roles(text: str) -> dict[str, Kind]:
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not given or not all(given):
        raise BadRegistrationError(f"Set EGRET_OIDC_ROLES: it is no JSON object. {_HINTS['ROLES']}")
    known = {role.value: role for role in DESK_ROLES}
    for role in given.values():
        if not isinstance(role, str) or role not in known:
            raise BadRegistrationError(f"Set EGRET_OIDC_ROLES: a role of the desk is one of {', '.join(known)}.")
    return {value: known[role] for value, role in given.items()}


_HINTS = {
    "ISSUER": "It is the provider's issuer, as its /.well-known/openid-configuration says it.",
    "CLIENT_ID": "It is the id under which the provider knows this desk.",
    "CLIENT_SECRET": f"It has at least {SHORTEST} characters, at random; leave it out for a public client.",
    "ROLES": 'It says which value of the role claim means which role: {"egret-agents": "agent"}',
    "ROLE_CLAIM": "It is the claim with the person's roles or groups, such as `groups` or `realm_access.roles`.",
}
