"""What settings must hold before anything starts: strong secrets, safe addresses, all of what belongs together."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from server.platform.kit.networks import is_network, named
from server.platform.kit.safe_urls import fault_of, mongodb_fault, public_fault
from server.platform.kit.strength import is_signing_secret, is_weak
from server.settings.errors import BadSettingsError, refused_by
from server.settings.settings import MASTER_KEY_HINT, Settings

NEEDED = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
_ASKED = ("wechat_api_base", "wechat_open_base", "sms_url", "register_url", "otlp_endpoint")
"""Addresses, apart from the provider's, which says its own faults."""
_NOBODY = "Nobody could sign in at the desk: set EGRET_OIDC_ISSUER, or unset EGRET_STAFF_LOCAL."
_IS_ORIGIN = re.compile(r"\*|https?://[\w.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?", re.ASCII)
_ORIGIN = "EGRET_ALLOWED_ORIGINS: {!r} is no origin; write each as https://app.example.org, with commas between."
_NETWORK = "EGRET_WEBHOOK_NETWORKS: {!r} is no network; write each as 10.20.0.0/16, with commas between."


def _random_hint(what: str) -> str:
    return f"Make {what} with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


_HINTS = {
    "token_key": _random_hint("one"),
    "index_key": _random_hint("one, and never change it: it finds people by their ID number;"),
    "master_key": MASTER_KEY_HINT,
    "wechat_token": "It is the token that you entered at the WeChat platform: 16 to 32 letters and digits, at random.",
    "wechat_aes_key": "It is the EncodingAESKey of the WeChat platform; safe mode needs it.",
    "wechat_app_secret": "It is the AppSecret of the WeChat platform.",
    "register_secret": "It is whsec_ and 32 random bytes in base64, the same as at the city's register: "
    "python -c 'import base64,os; print(\"whsec_\" + base64.b64encode(os.urandom(32)).decode())'",
    "miniapp_app_secret": "It is the AppSecret of the mini-program, which is another one than the public account's.",
}


def require_usable(settings: Settings) -> Settings:
    """Refuse to start with a missing or weak secret, or, outside the demo, with an address that is not safe.

    Raises:
        BadSettingsError: names every such variable and what it should hold.
    """
    faults = [*_weak_secrets(settings), *_bad_keys(settings), *_desk_faults(settings), *_unsafe_addresses(settings)]
    faults += [*_bad_networks(settings), *_half_a_mini_program(settings), *_unsigned_register(settings)]
    faults += [*refused_by(settings.providers), *refused_by(settings.load_scheme)]
    faults += [_ORIGIN.format(origin) for origin in settings.origins if not _IS_ORIGIN.fullmatch(origin)]
    if faults:
        raise BadSettingsError(*dict.fromkeys(faults))
    return settings


def _weak_secrets(settings: Settings) -> Iterator[str]:
    for name in NEEDED:
        value: str = getattr(settings, name).get_secret_value()
        if name == "master_key" and (value or settings.kms_provider != "local"):
            continue
        if is_weak(value, _city_words(settings)):
            fault = "too weak" if value else "missing"
            yield f"Set EGRET_{name.upper()}: it is {fault}. {_HINTS[name]}"


def _city_words(settings: Settings) -> list[str]:
    """Words of the scheme's name, which whoever guesses a secret of this city tries first."""
    return [word for word in Path(settings.scheme).name.casefold().split("-") if len(word) > 2]


def _half_a_mini_program(settings: Settings) -> Iterator[str]:
    """A mini-program has an AppID and an AppSecret of its own, or neither is set."""
    secret = settings.miniapp_app_secret.get_secret_value()
    if (secret or settings.miniapp_templates) and not settings.miniapp_app_id:
        yield "Set EGRET_MINIAPP_APP_ID: it is missing. It is the AppID of the mini-program, not of the account."
    if settings.miniapp_app_id and is_weak(secret, _city_words(settings)):
        fault = "too weak" if secret else "missing"
        yield f"Set EGRET_MINIAPP_APP_SECRET: it is {fault}. {_HINTS['miniapp_app_secret']}"
    if settings.miniapp_app_id and settings.miniapp_app_id == settings.wechat_app_id:
        yield "Set EGRET_MINIAPP_APP_ID to the mini-program's own AppID: it is the one of the public account."


def _unsigned_register(settings: Settings) -> Iterator[str]:
    """What is asked of the city's register is signed."""
    secret = settings.register_secret.get_secret_value()
    if settings.register_url and not is_signing_secret(secret):
        fault = "no such secret" if secret else "missing"
        yield f"Set EGRET_REGISTER_SECRET: it is {fault}. {_HINTS['register_secret']}"


def _bad_keys(settings: Settings) -> Iterator[str]:
    """Former keys may be weak: they only open what is to be wrapped again."""
    names = [*(["master_key"] if settings.kms_provider == "local" else []), "previous_master_key", "next_master_key"]
    for name in names:
        if not getattr(settings, name).get_secret_value():
            continue
        yield from (faults := refused_by(partial(settings.own_key, name)))
        if (
            not faults
            and name != "previous_master_key"
            and is_weak(settings.own_key(name).decode("latin-1"), _city_words(settings))
        ):
            yield f"Set EGRET_{name.upper()}: it is too weak. {_HINTS['master_key']}"
    if settings.kms_provider != "local":
        yield from refused_by(partial(settings.kms_keys, []))


def _bad_networks(settings: Settings) -> Sequence[str]:
    """Of webhooks: networks that are none, and an authority that cannot be read."""
    faults = [_NETWORK.format(one) for one in named(settings.webhook_networks) if not is_network(one)]
    if settings.webhook_ca is not None and not _holds_certificates(settings.webhook_ca):
        faults.append(f"EGRET_WEBHOOK_CA: {settings.webhook_ca} is no file of certificates (PEM)")
    return faults


def _desk_faults(settings: Settings) -> Sequence[str]:
    if settings.oidc_issuer or settings.local_sign_in:
        return refused_by(settings.oidc)
    return refused_by(settings.oidc) or (_NOBODY,)


def _unsafe_addresses(settings: Settings) -> Iterator[str]:
    """Settings that would send something in the clear; the demo is its own platform, wherever it listens."""
    if settings.demo:
        return
    asked = [(name, getattr(settings, name)) for name in _ASKED]
    asked += [("allowed_origins", origin) for origin in settings.origins if origin != "*"]
    asked += [("oidc_origins", origin) for origin in named(settings.oidc_origins)]
    faults = [public_fault(settings.base_url), *(fault_of(name.upper(), url) for name, url in asked if url)]
    if settings.mongodb_uri is not None:
        faults.append(mongodb_fault(settings.mongodb_uri.get_secret_value(), plaintext=settings.mongodb_plaintext))
    yield from filter(None, faults)


def _holds_certificates(path: Path) -> bool:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError):
        return False
    return True
