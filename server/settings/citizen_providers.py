"""What the settings say about the providers at which citizens sign in: one TOML file, a table for each provider."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scoring.dated import Text
from server.platform.kit.safe_urls import NO_PUBLIC_URL, is_safe
from server.platform.kit.strength import SHORTEST, is_weak
from server.settings.oidc import BadRegistrationError, ProviderClient, claimed, is_issuer

_WHERE = "EGRET_CITIZEN_PROVIDERS"
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
"""A URI scheme that an app can have for itself: a domain name turned round (RFC 8252, section 7.1)."""


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """Under which claims a provider says whom it has verified, and how it says that it has."""

    name: str
    id_number: str
    assurance: str
    values: tuple[object, ...]
    """Of the claim of assurance: with one of these the name and the number are verified."""

    def of(self, claims: Mapping[str, object]) -> tuple[str, str] | None:
        """Name and ID number; None where they are not verified, or not both there."""
        name, id_number = claimed(claims, self.name), claimed(claims, self.id_number)
        if not self._assured(claimed(claims, self.assurance)):
            return None
        return (name, id_number) if isinstance(name, str) and isinstance(id_number, str) else None

    def are_in(self, claims: Mapping[str, object]) -> bool:
        """Whether the claims are there at all."""
        return all(claimed(claims, name) is not None for name in (self.name, self.id_number, self.assurance))

    def _assured(self, given: object) -> bool:
        held = given if isinstance(given, list) else [given]
        return any(type(one) is type(value) and one == value for one in held for value in self.values)


@dataclass(frozen=True, slots=True)
class CitizenProvider(ProviderClient):
    """One provider, and us as its client."""

    code: str
    label: Text
    origins: tuple[str, ...]
    """Where its endpoints are on other hosts than the issuer."""
    app_redirect_uris: tuple[str, ...]
    """Where apps may let it send people back to, letter by letter; a provider without any is for pages alone."""
    verified: VerifiedClaims | None
    base_url: str

    @property
    def redirect_uri(self) -> str:
        """Where it sends a browser back to: each provider has its own (RFC 9700, section 4.4.2)."""
        return f"{self.base_url}/h5/oidc/{self.code}/callback"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Label(_Table):
    zh: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=40)


class _Verified(_Table):
    name: str = Field(min_length=1)
    id_number: str = Field(min_length=1)
    assurance: str = Field(min_length=1)
    values: list[bool | int | str] = Field(min_length=1)


class _Provider(_Table):
    code: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    label: _Label
    issuer: str = Field(min_length=1)
    client_id: str = Field(min_length=1)
    client_secret_file: str | None = None
    scope: str = "openid"
    origins: list[str] = []
    app_redirect_uris: list[str] = []
    verified: _Verified | None = None


class _File(_Table):
    provider: list[_Provider] = Field(min_length=1)


def citizen_providers(path: Path, base_url: str) -> tuple[CitizenProvider, ...]:
    """The providers of a file. Raises BadRegistrationError: it says of each fault what to set."""
    given = _read(path)
    faults = [*_repeated(given)]
    found = []
    for one in given:
        try:
            secret = _secret(path, one)
        except BadRegistrationError as error:
            faults += error.faults
            continue
        faults += _unsafe(one, secret)
        found.append(_provider(one, secret, base_url))
    if not is_safe(base_url):
        faults.append(NO_PUBLIC_URL)
    if faults:
        raise BadRegistrationError(*faults)
    return tuple(found)


def _read(path: Path) -> list[_Provider]:
    try:
        return _File.model_validate(tomllib.loads(path.read_text("utf-8"))).provider
    except OSError as error:
        raise BadRegistrationError(f"Set {_WHERE} to a file that can be read: {path} {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise BadRegistrationError(f"Set {_WHERE} to a TOML file: {path} is none.") from None
    except ValidationError as error:
        raise BadRegistrationError(*(_fault(one["loc"], one["type"]) for one in error.errors())) from None


def _fault(place: tuple[int | str, ...], kind: str) -> str:
    """What pydantic found, in words of our own: a value is never quoted."""
    names = [str(part) for part in place if not isinstance(part, int)]
    numbers = [part + 1 for part in place if isinstance(part, int)]
    what = "a [[provider]] table" if names == ["provider"] else ".".join(names[1:] or names)
    where = f"provider {numbers[0]} in {_WHERE}" if numbers else _WHERE
    if kind == "extra_forbidden":
        return f"Take {what} out of {where}: nothing reads it."
    fault = "missing" if kind == "missing" else "not as it has to be"
    return f"Set {what} of {where}: it is {fault}. {_HINTS.get(what.partition('.')[0], '')}".rstrip()


def _repeated(given: list[_Provider]) -> Iterator[str]:
    for code, times in Counter(one.code for one in given).items():
        if times > 1:
            yield f"Set another code for all but one provider in {_WHERE}: {code} stands there {times} times."


def _secret(path: Path, given: _Provider) -> str:
    """The client's secret; empty for a public client."""
    if given.client_secret_file is None:
        return ""
    try:
        return (path.parent / given.client_secret_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BadRegistrationError(
            f"Set client_secret_file of {given.code} in {_WHERE}: it cannot be read. {_HINTS['client_secret_file']}"
        ) from None


def _unsafe(given: _Provider, secret: str) -> Iterator[str]:
    """What is set, and weak or not safe."""
    of = f"of {given.code} in {_WHERE}"
    if not is_issuer(given.issuer):
        yield f"Set issuer {of}: it is no https address. {_HINTS['issuer']}"
    if given.client_secret_file is not None and is_weak(secret):
        fault = "too weak" if secret else "missing"
        yield f"Set the secret in client_secret_file {of}: it is {fault}. {_HINTS['client_secret_file']}"
    if "openid" not in given.scope.split():
        yield f"Set scope {of}: it has to hold `openid`, such as `openid profile`."
    for origin in given.origins:
        if not is_safe(origin):
            yield f"Set origins {of}: each is an https address."
    for uri in given.app_redirect_uris:
        if not _is_redirect_uri(uri):
            yield f"Set app_redirect_uris {of}: {_HINTS['app_redirect_uris']}"


def _is_redirect_uri(uri: str) -> bool:
    parts = urlsplit(uri)
    if parts.fragment or any(character.isspace() for character in uri):
        return False
    if parts.scheme in ("http", "https"):
        return is_safe(uri)
    return _OWN_SCHEME.fullmatch(parts.scheme) is not None


def _provider(given: _Provider, secret: str, base_url: str) -> CitizenProvider:
    return CitizenProvider(
        issuer=given.issuer,
        client_id=given.client_id,
        client_secret=secret,
        scope=given.scope,
        code=given.code,
        label=Text(zh=given.label.zh, en=given.label.en),
        origins=tuple(given.origins),
        app_redirect_uris=tuple(given.app_redirect_uris),
        verified=_verified(given.verified),
        base_url=base_url,
    )


def _verified(given: _Verified | None) -> VerifiedClaims | None:
    if given is None:
        return None
    return VerifiedClaims(given.name, given.id_number, given.assurance, tuple(given.values))


_HINTS: Mapping[str, Any] = {
    "code": "It is a short name of small letters, digits and hyphens that stands in addresses, such as `ixiamen`.",
    "label": 'It is what people read: { zh = "市民通", en = "City app" }',
    "issuer": "It is the provider's issuer, as its /.well-known/openid-configuration says it.",
    "client_id": "It is the id under which the provider knows us.",
    "client_secret_file": f"The file holds at least {SHORTEST} random characters; leave it out for a public client.",
    "app_redirect_uris": "each is https, or has a scheme of the app's own with a dot, such as `cn.gov.app:/back`.",
    "verified": 'It says under which claims: { name = "name", id_number = "id_number", assurance = "level", values = '
    '["L3"] }',
}
