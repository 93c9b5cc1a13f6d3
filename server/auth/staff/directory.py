"""The city's directory behind the provider: who a person is, and whether they still may work here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from schema.types.principal import Kind
from server.auth.oidc.errors import BadIdTokenError
from server.auth.oidc.relying_party import RelyingParty
from server.platform.crypto.vault import Vault
from server.platform.kit.clock import Clock
from server.platform.kit.json import JsonObject
from server.settings.oidc import Registration

_LONGEST_NAME = 40
_MANY_DIGITS = re.compile(r"\d{7}")
"""A telephone or ID number, which some directories give as the account's name: no colleague needs to read it."""
_UNUSUAL = re.compile(r"[^\w.-]")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for."""

    identity: str
    """A keyed digest of issuer and subject: what stays the same of a person, whatever they are called."""
    role: Kind | None
    """None where the provider gives them none at the desk."""
    handle: str
    """What to call the account that is made for them; empty where nothing suits."""
    name: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What a session keeps to ask about its person again."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A person whom the provider has just signed in."""

    person: Person
    kept: Kept
    issuer: str
    session: str | None
    """A keyed digest of the session's id at the provider, where it has one."""
    at: datetime


class Directory:
    """Asks the provider about people. Every method may raise ProviderError."""

    def __init__(self, registration: Registration, party: RelyingParty, vault: Vault, clock: Clock) -> None:
        self.registration = registration
        self.party = party
        self._vault = vault
        self._clock = clock

    def identity(self, subject: str) -> str:
        """By what accounts and sessions of a subject are found."""
        return self._vault.blind_text("oidc subject", f"{self.registration.issuer}\0{subject}")

    def session_id(self, sid: str) -> str:
        """By what a session is found that the provider calls `sid`."""
        return self._vault.blind_text("oidc session", f"{self.registration.issuer}\0{sid}")

    async def arrive(self, code: str, verifier: str, nonce: str) -> Arrival:
        """Who comes with a code.

        Raises:
            GrantRefusedError: the code is not good, or not with this verifier.
            BadIdTokenError: the ID token is not what it has to be.
        """
        at = self._clock()
        tokens, claims = await self.party.redeem(code, verifier, nonce, self.registration.redirect_uri)
        sid = claims.get("sid")
        person = self._person(await self._with_role(claims, tokens.access_token))
        kept = Kept(tokens.access_token, tokens.refresh_token, nonce)
        session = self.session_id(sid) if isinstance(sid, str) else None
        return Arrival(person, kept, self.registration.issuer, session, at)

    async def ask_again(self, kept: Kept) -> tuple[Person | None, Kept]:
        """Who it is now, and what to keep from now on; None where the provider says yes and nothing more.

        By the refresh token where there is one, else by what userinfo says to the access token.

        Raises:
            GrantRefusedError: the person has been sent away there, or is another one now.
            BadIdTokenError: the ID token is not what it has to be.
        """
        if kept.refresh_token is None:
            found = await self.party.provider.userinfo(kept.access_token)
            if not isinstance(found.get("sub"), str):
                raise BadIdTokenError("without a refresh token userinfo has to name the subject")
            return self._person(found), kept
        tokens = await self.party.provider.refresh(kept.refresh_token)
        renewed = Kept(tokens.access_token, tokens.refresh_token or kept.refresh_token, kept.nonce)
        if tokens.id_token is not None:
            claims = await self._with_role(await self.party.claims(tokens, kept.nonce, again=True), tokens.access_token)
        else:
            claims = await self.party.provider.userinfo(tokens.access_token)
        return (self._person(claims) if isinstance(claims.get("sub"), str) else None), renewed

    async def _with_role(self, claims: JsonObject, access_token: str) -> JsonObject:
        """With what userinfo adds, where the ID token does not say the role (OpenID Connect Core 1.0, 5.3.2)."""
        if self.registration.says_role(claims):
            return claims
        return await self.party.with_userinfo(claims, access_token)

    def _person(self, claims: JsonObject) -> Person:
        handle, name = (claims.get(one) for one in ("preferred_username", "name"))
        handle = _handle(handle if isinstance(handle, str) else "")
        return Person(
            identity=self.identity(claims["sub"]),
            role=self.registration.role_of(claims),
            handle=handle,
            name=(name if isinstance(name, str) and name.strip() else handle)[:_LONGEST_NAME],
        )


def _handle(text: str) -> str:
    handle = _UNUSUAL.sub("", text.partition("@")[0])[:_LONGEST_NAME]
    return "" if _MANY_DIGITS.search(handle) else handle
