"""Master keys by setting. Only our own are tried against a database; for the services, what PyMongo is given."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from bson import CodecOptions
from pymongo import AsyncMongoClient
from pymongo.asynchronous.encryption import AsyncClientEncryption

from server.settings import BadSettingsError, Settings

CREDENTIALS: dict[str, dict[str, str]] = {
    "aws": {"accessKeyId": "id", "secretAccessKey": "a-secret-value"},
    "azure": {"tenantId": "t", "clientId": "c", "clientSecret": "a-secret-value"},
    "gcp": {"email": "e@example.org", "privateKey": base64.b64encode(b"a-secret-value").decode()},
    "kmip": {"endpoint": "kmip.example.org:5696"},
}
KEYS: dict[str, dict[str, Any]] = {
    "aws": {"region": "cn-north-1", "key": "arn:aws-cn:kms:cn-north-1:1:key/k"},
    "azure": {"keyVaultEndpoint": "egret.vault.azure.cn", "keyName": "egret", "keyVersion": "2"},
    "gcp": {"projectId": "p", "location": "l", "keyRing": "r", "keyName": "n"},
    "kmip": {"keyId": "1", "delegated": True},
}
OWN = base64.b64encode(bytes(range(96))).decode()


def settings(provider: str, credentials: object = None, key: object = None, **values: str) -> Settings:
    given = {
        "kms_provider": provider,
        "kms_credentials": json.dumps(CREDENTIALS[provider] if credentials is None else credentials),
        "kms_key": json.dumps(KEYS[provider] if key is None else key),
    }
    return Settings.model_validate(given | values)


@pytest.mark.parametrize("provider", sorted(KEYS))
async def test_each_service_is_given_to_pymongo_as_it_takes_it(provider: str) -> None:
    keys = settings(provider, previous_master_key=OWN).master_keys()
    assert (keys.provider, keys.key) == (provider, KEYS[provider])
    assert keys.providers[provider] == CREDENTIALS[provider]
    assert keys.providers["local"] == {"key": bytes(range(96))}  # still opens what our own key wrapped
    assert keys.wrapped_otherwise["$nor"][0]["masterKey.provider"] == provider
    assert "a-secret-value" not in repr(keys)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient("mongodb://127.0.0.1:1", connect=False)
    taken: AsyncClientEncryption[dict[str, Any]] = AsyncClientEncryption(
        keys.providers, "a.keys", client, CodecOptions()
    )
    await taken.close()
    await client.close()


@pytest.mark.parametrize("provider", sorted(KEYS))
def test_what_a_service_needs_and_does_not_know_is_said_without_the_secret(provider: str) -> None:
    for given, setting in ((CREDENTIALS, "EGRET_KMS_CREDENTIALS"), (KEYS, "EGRET_KMS_KEY")):
        whole = given[provider]
        for name in [n for n in whole if n not in ("keyVersion", "delegated")]:
            part = {k: v for k, v in whole.items() if k != name}
            broken = {"credentials" if given is CREDENTIALS else "key": part}
            with pytest.raises(BadSettingsError, match=rf"Set {setting}: .*{name}") as fault:
                settings(provider, **broken).master_keys()  # type: ignore[arg-type]
            assert "a-secret-value" not in str(fault.value)
    with pytest.raises(BadSettingsError, match=f"{provider} knows no colour"):
        settings(provider, key=KEYS[provider] | {"colour": "red"}).master_keys()
    with pytest.raises(BadSettingsError, match="JSON object"):
        settings(provider, kms_key="not JSON").master_keys()


def test_a_field_of_another_kind_is_refused() -> None:
    with pytest.raises(BadSettingsError, match="delegated is true or false"):
        settings("kmip", key={"keyId": "1", "delegated": "yes"}).master_keys()
    with pytest.raises(BadSettingsError, match="region is a text"):
        settings("aws", key={"region": 1, "key": "k"}).master_keys()


def test_a_kmip_server_gets_its_certificates() -> None:
    tls = {"tlsCAFile": "ca.pem", "tlsCertificateKeyFile": "client.pem"}
    assert settings("kmip", kms_tls=json.dumps(tls)).master_keys().tls == {"kmip": tls}
    with pytest.raises(BadSettingsError, match="EGRET_KMS_TLS: kmip knows no tlsInsecure"):
        settings("kmip", kms_tls=json.dumps({"tlsInsecure": "true"})).master_keys()


def test_a_former_or_coming_key_that_is_none_is_refused_by_name() -> None:
    for name in ("previous_master_key", "next_master_key"):
        with pytest.raises(BadSettingsError, match=f"Set EGRET_{name.upper()}: It is 96 random bytes"):
            Settings.model_validate({"master_key": OWN, name: "too short"}).master_keys()
