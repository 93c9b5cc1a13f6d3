"""Settings: the demo brings its secrets, everything else must be told."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

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
