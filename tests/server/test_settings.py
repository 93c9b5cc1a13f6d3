"""Settings: the demo brings its secrets, everything else must be told."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from schema.principal import Kind
from server.kms import local_keys
from server.settings import BadSettingsError, Settings, demo_secrets, real_settings


def strong(**values: str) -> Settings:
    secrets = {
        "token_key": "a-long-enough-token-key-1234",
        "index_key": "a-long-enough-index-key-1234",
        "master_key": base64.b64encode(bytes(range(96))).decode(),
        "wechat_token": "a-long-wechat-token-1234",
        "wechat_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "wechat_app_secret": "0123456789abcdef0123456789abcdef",
        **values,
    }
    return Settings.model_validate({name: SecretStr(value) for name, value in secrets.items()})


def test_good_secrets_are_accepted() -> None:
    assert strong().require_secrets().master_keys() == local_keys(bytes(range(96)))


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("token_key", "", "Set EGRET_TOKEN_KEY: it is missing"),
        ("token_key", "short", "Set EGRET_TOKEN_KEY: it is too weak"),
        ("index_key", "a" * 40, "Set EGRET_INDEX_KEY: it is too weak"),
        ("master_key", "not base64 but long enough!", "Set EGRET_MASTER_KEY: It is 96 random bytes"),
        ("wechat_aes_key", "", "Set EGRET_WECHAT_AES_KEY"),
    ],
)
def test_a_missing_or_weak_secret_is_refused_with_what_to_set(name: str, value: str, complaint: str) -> None:
    with pytest.raises(BadSettingsError, match=complaint):
        strong(**{name: value}).require_secrets()


def test_a_malformed_aes_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="43 letters and digits"):
        strong(wechat_aes_key="too short")


def test_secrets_are_not_in_a_repr() -> None:
    assert "a-long-enough" not in repr(strong())


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRET_PORT", "9000")
    monkeypatch.setenv("EGRET_SCHEME", "xiamen-bailu")
    settings = Settings()
    assert (settings.port, settings.scheme) == (9000, "xiamen-bailu")
    assert settings.base_url == "http://127.0.0.1:9000"


def test_the_demos_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    made = demo_secrets(tmp_path)
    assert demo_secrets(tmp_path) == made
    assert (tmp_path / "demo-secrets.json").stat().st_mode & 0o777 == 0o600


def test_the_simulator_cannot_be_switched_on_outside_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRET_DEMO", "1")
    good = strong()
    for name in ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret"):
        monkeypatch.setenv(f"EGRET_{name.upper()}", getattr(good, name).get_secret_value())
    with pytest.raises(BadSettingsError, match="Unset EGRET_DEMO"):
        real_settings()
    monkeypatch.setenv("EGRET_DEMO", "0")
    assert real_settings().demo is False


PROVIDER = {
    "oidc_issuer": "https://login.city.example",
    "oidc_client_id": "egret",
    "oidc_client_secret": "a secret of the desk 42",
    "oidc_roles": '{"desk-agents": "agent"}',
    "public_url": "https://credit.city.example",
}


def with_provider(**values: str | bool) -> Settings:
    return strong().model_copy(update=Settings.model_validate({**PROVIDER, **values}).model_dump(exclude_unset=True))


def test_the_provider_is_the_only_door_unless_told() -> None:
    assert strong().require_secrets().local_sign_in is True
    assert strong().oidc() is None
    settings = with_provider().require_secrets()
    assert settings.local_sign_in is False
    registration = settings.oidc()
    assert registration is not None
    assert registration.redirect_uri == "https://credit.city.example/desk/oidc/callback"
    assert "a secret of the desk" not in repr(registration) + repr(settings)
    assert "a secret of the desk 42" in settings.secret_values()
    assert with_provider(staff_local=True).local_sign_in is True


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("oidc_issuer", "", "Set EGRET_OIDC_ISSUER: it is missing"),
        ("oidc_client_id", "", "Set EGRET_OIDC_CLIENT_ID: it is missing"),
        ("oidc_roles", "", "Set EGRET_OIDC_ROLES: it is missing"),
        ("oidc_role_claim", "", "Set EGRET_OIDC_ROLE_CLAIM: it is missing"),
        ("oidc_issuer", "http://login.city.example", "EGRET_OIDC_ISSUER: it is no https address"),
        ("oidc_issuer", "login.city.example", "EGRET_OIDC_ISSUER: it is no https address"),
        ("oidc_issuer", "https://login.city.example/?x=1", "EGRET_OIDC_ISSUER: it is no https address"),
        ("oidc_issuer", "https://[", "EGRET_OIDC_ISSUER: it is no https address"),
        ("public_url", "http://credit.city.example", "Set EGRET_PUBLIC_URL to an https address"),
        ("oidc_client_secret", "short", "EGRET_OIDC_CLIENT_SECRET: it is too weak"),
        ("oidc_client_secret", "a" * 40, "EGRET_OIDC_CLIENT_SECRET: it is too weak"),
        ("oidc_roles", "agent", "EGRET_OIDC_ROLES: it is no JSON object"),
        ("oidc_roles", "{}", "EGRET_OIDC_ROLES: it is no JSON object"),
        ("oidc_roles", '{"": "agent"}', "EGRET_OIDC_ROLES: it is no JSON object"),
        ("oidc_roles", '{"x": "mayor"}', "one of agent, approver, steward, auditor"),
        ("oidc_roles", '{"x": ["agent"]}', "one of agent, approver, steward, auditor"),
        ("oidc_scope", "profile", "EGRET_OIDC_SCOPE"),
    ],
)
def test_a_provider_that_is_half_set_or_weak_is_refused(name: str, value: str, complaint: str) -> None:
    with pytest.raises(BadSettingsError, match=complaint):
        with_provider(**{name: value}).require_secrets()


def test_a_provider_on_this_machine_needs_no_tls_and_a_public_client_no_secret() -> None:
    settings = with_provider(oidc_issuer="http://127.0.0.1:9000/city", oidc_client_secret="")
    assert settings.require_secrets().oidc() is not None


def test_somebody_has_to_be_able_to_sign_in() -> None:
    with pytest.raises(BadSettingsError, match="Nobody could sign in"):
        strong().model_copy(update={"staff_local": False}).require_secrets()


@pytest.mark.parametrize(
    ("claim", "claims", "role"),
    [
        ("roles", {"roles": ["x", "desk-agents"]}, Kind.AGENT),
        ("roles", {"roles": "desk-agents"}, Kind.AGENT),
        ("realm_access.roles", {"realm_access": {"roles": ["desk-agents"]}}, Kind.AGENT),
        ("https://city.example/roles", {"https://city.example/roles": ["desk-agents"]}, Kind.AGENT),
        ("roles", {"roles": ["agent"]}, None),
        ("roles", {"roles": [{"name": "desk-agents"}, 7, None]}, None),
        ("roles", {"roles": {"desk-agents": True}}, None),
        ("roles.name", {"roles": ["desk-agents"]}, None),
        ("roles", {}, None),
    ],
)
def test_the_role_is_what_the_claim_says_and_nothing_like_it(
    claim: str, claims: dict[str, Any], role: Kind | None
) -> None:
    registration = with_provider(oidc_role_claim=claim).oidc()
    assert registration is not None
    assert registration.role_of(claims) is role
