"""Settings: the demo brings its secrets, everything else must be told."""

from __future__ import annotations

import base64
import re
import secrets
import shutil
import string
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import ValidationError

from schema.types.principal import Kind
from server.platform.crypto.kms import local_keys
from server.platform.crypto.webhook_signatures import new_secret
from server.platform.kit.strength import is_weak
from server.settings import BadSettingsError, Settings, demo_secrets, demo_settings, real_settings, require_usable
from tests.support.paths import GOLDEN
from tests.support.settings import GOOD, MASTER, faults_of, made_up, strong


def test_good_secrets_are_accepted() -> None:
    assert require_usable(strong()).master_keys() == local_keys(MASTER)


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
        require_usable(strong(**{name: value}))


def test_the_names_of_the_city_make_no_secret_strong() -> None:
    guessed = "Fuzhou-Moli-x7-Moli-Fuzhou"
    assert not is_weak(guessed)
    (told,) = faults_of(token_key=guessed)
    assert told.startswith("Set EGRET_TOKEN_KEY: it is too weak")


def test_a_malformed_aes_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="43 letters and digits"):
        strong(wechat_aes_key="too short")


def test_secrets_are_not_in_a_repr() -> None:
    assert [name for name, value in GOOD.items() if value in repr(strong())] == ["scheme"]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRET_PORT", "9000")
    monkeypatch.setenv("EGRET_SCHEME", "xiamen-bailu")
    settings = Settings()
    assert (settings.port, settings.scheme) == (9000, "xiamen-bailu")
    assert settings.base_url == "http://127.0.0.1:9000"


def test_without_a_scheme_only_the_demo_starts_and_takes_the_first_that_ships(tmp_path: Path) -> None:
    (told,) = faults_of(scheme="")
    assert told.startswith("Set EGRET_SCHEME: it is missing.")
    assert told.endswith("fuzhou-moli, xiamen-bailu.")
    demo = demo_settings(Settings(demo=True, data_dir=tmp_path), port=8000)
    assert (demo.scheme, demo.database) == ("fuzhou-moli", "egret-fuzhou-moli")


def test_a_scheme_is_the_path_of_a_folder(tmp_path: Path) -> None:
    folder = str(GOLDEN / "tiny-town")
    assert require_usable(strong(scheme=folder)).load_scheme().id == "tiny-town"
    demo = demo_settings(Settings(demo=True, data_dir=tmp_path, scheme=folder), port=8000)
    assert demo.database == "egret-tiny-town", "a path is no name of a database"


def test_a_scheme_that_is_none_or_broken_is_told_with_the_rest(tmp_path: Path) -> None:
    assert faults_of(scheme="atlantis")[0].startswith("EGRET_SCHEME: no scheme 'atlantis'")
    broken = Path(shutil.copytree(GOLDEN / "tiny-town", tmp_path / "town"))
    (broken / "rules.toml").write_text("\n[[rule]\n", "utf-8")
    weak, bad = faults_of(scheme=str(broken), token_key="short")
    assert weak.startswith("Set EGRET_TOKEN_KEY")
    assert bad.startswith("EGRET_SCHEME: town/rules.toml:2: ")


def test_secrets_come_from_files_of_a_folder_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "egret_token_key").write_text(f"{GOOD['token_key']}\n", "utf-8")
    (tmp_path / "egret_index_key").write_text("of the file", "utf-8")
    monkeypatch.setenv("EGRET_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("EGRET_INDEX_KEY", "of the environment")
    settings = Settings()
    assert settings.token_key.get_secret_value() == GOOD["token_key"]
    assert settings.index_key.get_secret_value() == "of the environment"


def test_a_folder_of_secrets_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EGRET_SECRETS_DIR", str(tmp_path / "secrets"))
    with pytest.raises(BadSettingsError, match=r"EGRET_SECRETS_DIR to the folder.*is no folder"):
        real_settings()


def test_the_demos_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    made = demo_secrets(tmp_path)
    assert demo_secrets(tmp_path) == made
    assert (tmp_path / "demo-secrets.json").stat().st_mode & 0o777 == 0o600


def test_the_simulator_cannot_be_switched_on_outside_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRET_DEMO", "1")
    good = strong()
    for name in ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret"):
        monkeypatch.setenv(f"EGRET_{name.upper()}", getattr(good, name).get_secret_value())
    monkeypatch.setenv("EGRET_SCHEME", good.scheme)
    with pytest.raises(BadSettingsError, match="Unset EGRET_DEMO"):
        real_settings()
    monkeypatch.setenv("EGRET_DEMO", "0")
    assert real_settings().demo is False


PROVIDER = {
    "oidc_issuer": "https://login.city.example",
    "oidc_client_id": "egret",
    "oidc_client_secret": made_up("desk", 32),
    "oidc_roles": '{"desk-agents": "agent"}',
    "public_url": "https://credit.city.example",
}


def with_provider(**values: str | bool) -> Settings:
    return strong().model_copy(update=Settings.model_validate({**PROVIDER, **values}).model_dump(exclude_unset=True))


def test_the_provider_is_the_only_door_unless_told() -> None:
    assert require_usable(strong()).local_sign_in is True
    assert strong().oidc() is None
    settings = require_usable(with_provider())
    assert settings.local_sign_in is False
    registration = settings.oidc()
    assert registration is not None
    assert registration.redirect_uri == "https://credit.city.example/desk/oidc/callback"
    assert made_up("desk", 32) not in repr(registration) + repr(settings)
    assert made_up("desk", 32) in settings.secret_values()
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
        require_usable(with_provider(**{name: value}))


def test_a_provider_on_this_machine_needs_no_tls_and_a_public_client_no_secret() -> None:
    settings = with_provider(oidc_issuer="http://127.0.0.1:9000/city", oidc_client_secret="")
    assert require_usable(settings).oidc() is not None


def test_someone_has_to_be_able_to_sign_in() -> None:
    with pytest.raises(BadSettingsError, match="Nobody could sign in"):
        require_usable(strong().model_copy(update={"staff_local": False}))


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


# Weak secrets and addresses in the clear

GUESSED = (
    *("password12345678", "abcdefgh12345678", "changeme-changeme", "changeme_in_production", "P@ssw0rd!P@ssw0rd!"),
    *(
        "0123456789abcdef0123456789abcdef",
        "1234567890123456",
        "qwertyuiopasdfgh",
        "1qaz2wsx3edc4rfv",
        "2026112820261128",
    ),
    *("aaaabbbbccccdddd1234", "zyxwvutsrqponmlk", "abcdabceabcfabcg", "asdf1234asdf1234", "egret-secret-key-2026"),
    *(
        "correct horse battery staple",
        "your-secret-token-here",
        "a-long-enough-token-key-1234",
        "acegikmoqsuwyACEGIKMO",
    ),
)
MINI = {"miniapp_app_id": "wx1111111111111111", "miniapp_app_secret": made_up("miniapp", 32)}


def test_a_city_may_have_a_mini_program_with_an_app_of_its_own_or_none() -> None:
    assert strong().miniapp_app_id == ""
    assert strong(**MINI).miniapp_app_id == MINI["miniapp_app_id"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (MINI | {"miniapp_app_secret": ""}, "Set EGRET_MINIAPP_APP_SECRET: it is missing."),
        (MINI | {"miniapp_app_secret": "changeme"}, "Set EGRET_MINIAPP_APP_SECRET: it is too weak."),
        (MINI | {"miniapp_app_id": ""}, "Set EGRET_MINIAPP_APP_ID: it is missing."),
        (MINI | {"miniapp_app_id": strong().wechat_app_id}, "Set EGRET_MINIAPP_APP_ID to the mini-program's own AppID"),
    ],
)
def test_half_a_mini_program_or_the_accounts_own_app_is_refused(given: dict[str, str], told: str) -> None:
    (fault,) = faults_of(**given)
    assert fault.startswith(told)


SECRET_NAMES = ("token_key", "index_key", "wechat_token", "wechat_app_secret")


@pytest.mark.parametrize("secret", GUESSED)
@pytest.mark.parametrize("name", SECRET_NAMES)
def test_what_someone_would_try_is_refused(name: str, secret: str) -> None:
    (fault,) = faults_of(**{name: secret})
    assert fault.startswith(f"Set EGRET_{name.upper()}: it is too weak. ")
    assert secret not in fault


@pytest.mark.parametrize("secret", GUESSED)
def test_a_providers_secret_and_the_databases_password_are_held_to_the_same(secret: str) -> None:
    told = "\n".join(faults_of(**PROVIDER | {"oidc_client_secret": secret}))
    assert told.startswith("Set EGRET_OIDC_CLIENT_SECRET: it is too weak")
    told = "\n".join(faults_of(mongodb_uri=f"mongodb://egret:{quote(secret, safe='')}@db.city.example/?tls=true"))
    assert told == "Set EGRET_MONGODB_URI with a stronger password: it is too weak."


@pytest.mark.parametrize("secret", ["abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "Ab1" * 14 + "C"])
def test_a_patterned_aes_key_is_refused(secret: str) -> None:
    (fault,) = faults_of(wechat_aes_key=secret)
    assert fault.startswith("Set EGRET_WECHAT_AES_KEY: it is too weak. ")


@pytest.mark.parametrize("key", [bytes(96), bytes(range(96)), b"password" * 12, b"0123456789abcdef" * 6])
def test_a_patterned_master_key_is_refused_unless_it_is_a_former_one(key: bytes) -> None:
    text = base64.b64encode(key).decode()
    for name in ("master_key", "next_master_key"):
        (fault,) = faults_of(**{name: text})
        assert fault.startswith(f"Set EGRET_{name.upper()}: it is too weak. ")
    assert faults_of(previous_master_key=text) == (), "whoever has a weak one must be able to leave it"


def test_a_former_aes_key_may_be_weak_for_the_same_reason() -> None:
    assert faults_of(wechat_previous_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG") == ()


def test_what_is_random_is_accepted() -> None:
    letters = string.ascii_letters + string.digits
    for _ in range(1000):
        made = (secrets.token_hex(16), secrets.token_urlsafe(24), "".join(secrets.choice(letters) for _ in range(32)))
        assert not any(is_weak(one) for one in made), made


@pytest.mark.parametrize("name", ["wechat_api_base", "wechat_open_base", "sms_url", "otlp_endpoint", "oidc_origins"])
@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://gateway.city.example/send", "to an https address"),
        ("http://10.0.0.7", "to an https address"),
        ("http://127.0.0.1.city.example", "to an https address"),
        ("http://localhost.city.example", "to an https address"),
        ("gateway.city.example", "to an https address"),
        ("ftp://gateway.city.example", "to an https address"),
        ("https://", "to an https address"),
        ("https://[", "to an https address"),
        ("https://egret:hunter2@gateway.city.example", "without a user name or password"),
        ("http://127.0.0.1@gateway.city.example", "without a user name or password"),
    ],
)
def test_an_address_in_the_clear_is_refused(name: str, url: str, complaint: str) -> None:
    (fault,) = faults_of(**{name: url})
    assert fault.startswith(f"Set EGRET_{name.upper()} {complaint}")
    assert "hunter2" not in fault


@pytest.mark.parametrize("name", ["wechat_api_base", "wechat_open_base", "sms_url", "otlp_endpoint", "oidc_origins"])
@pytest.mark.parametrize(
    "url",
    [
        "https://gateway.city.example/send",
        "http://127.0.0.1:9",
        "http://127.9.9.9",
        "http://[::1]:9",
        "http://localhost",
    ],
)
def test_an_encrypted_address_and_this_machine_are_accepted(name: str, url: str) -> None:
    assert faults_of(**{name: url}) == ()


def test_each_of_several_origins_is_looked_at() -> None:
    assert len(faults_of(oidc_origins="https://a.city.example, http://b.city.example")) == 1


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"public_url": "http://credit.city.example"}, "Set EGRET_PUBLIC_URL to an https address"),
        ({"public_url": "credit.city.example"}, "Set EGRET_PUBLIC_URL to an https address"),
        ({"public_url": "https://me:pw@credit.city.example"}, "Set EGRET_PUBLIC_URL without a user name"),
        ({"host": "0.0.0.0"}, "Set EGRET_PUBLIC_URL to an https address"),  # noqa: S104 - what an image listens on
        ({"host": "192.168.0.7"}, "Set EGRET_PUBLIC_URL to an https address"),
    ],
)
def test_people_are_never_sent_to_an_address_in_the_clear(given: dict[str, str], complaint: str) -> None:
    (fault,) = faults_of(**given)
    assert fault.startswith(complaint)


@pytest.mark.parametrize(
    "given",
    [
        {"host": "0.0.0.0", "public_url": "https://credit.city.example"},  # noqa: S104 - as above
        {"host": "127.0.0.1"},
        {"public_url": "http://127.0.0.1:8000"},
        {"public_url": "https://city.example/@credit"},
    ],
)
def test_https_and_this_machine_are_good_enough_for_people(given: dict[str, str]) -> None:
    assert faults_of(**given) == ()


PASSWORD = made_up("password", 32)
CLEAR = "Set EGRET_MONGODB_URI with `tls=true`"


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("mongodb://db.city.example/?replicaSet=egret", CLEAR),
        ("mongodb://db.city.example", CLEAR),
        ("mongodb://127.0.0.1,db.city.example", CLEAR),
        (f"mongodb://egret:{PASSWORD}@db.city.example/egret?replicaSet=egret", CLEAR),
        ("mongodb://db.city.example/?tls=false", CLEAR),
        ("mongodb://db.city.example/?tls=true&ssl=false", CLEAR),
        ("mongodb://db.city.example/?tls=true&tlsInsecure=true", CLEAR),
        ("mongodb://db.city.example/?tls=true&tlsAllowInvalidCertificates=true", CLEAR),
        ("mongodb://db.city.example/?tls=true&tlsAllowInvalidHostnames=true", CLEAR),
        ("mongodb+srv://db.city.example/?tls=false", CLEAR),
        ("mongodb://127.0.0.1@db.city.example/", CLEAR),
        ("mongodb://db.city.example/?tls=true", None),
        ("mongodb://db.city.example/?ssl=true", None),
        (f"mongodb://egret:{PASSWORD}@a.example:27017,b.example/egret?tls=true&tlsCAFile=/run/secrets/mongo_ca", None),
        ("mongodb+srv://db.city.example/", None),
        ("mongodb://127.0.0.1:27017/?replicaSet=egret", None),
        ("mongodb://[::1]:27017,localhost", None),
        ("mongodb://%2Frun%2Fmongodb.sock/", None),
    ],
)
def test_the_database_is_reached_by_tls_unless_it_is_here(uri: str, complaint: str | None) -> None:
    faults = faults_of(mongodb_uri=uri)
    assert [fault.startswith(str(complaint)) for fault in faults] == ([] if complaint is None else [True])
    assert PASSWORD not in "".join(faults)
    assert faults_of(mongodb_uri=uri, mongodb_plaintext="true") == ()


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = {
        "token_key": "",
        "index_key": "password12345678",
        "master_key": "not base64 but long enough!",
        "next_master_key": "x",
        "public_url": "http://credit.city.example",
        "sms_url": "http://sms.city.example",
        "wechat_open_base": "http://open.city.example",
        "mongodb_uri": "mongodb://db.city.example",
        "oidc_issuer": "http://login.city.example",
        "oidc_scope": "profile",
    }
    faults = faults_of(**wrong)
    for name in (*wrong, "oidc_client_id", "oidc_roles"):
        assert sum(f"EGRET_{name.upper()}" in fault for fault in faults) == 1, name
    with pytest.raises(BadSettingsError) as refused:
        require_usable(strong(**wrong))
    assert str(refused.value).splitlines() == list(faults)


def test_a_service_for_keys_that_is_half_set_is_said_with_the_rest() -> None:
    faults = faults_of(kms_provider="aws", master_key="", token_key="")
    assert [fault.split(":")[0] for fault in faults] == ["Set EGRET_TOKEN_KEY", "Set EGRET_KMS_CREDENTIALS"]


def test_the_demo_may_be_shown_in_the_office(tmp_path: Path) -> None:
    demo = demo_settings(Settings(demo=True, data_dir=tmp_path, host="0.0.0.0"), port=8000)  # noqa: S104 - as above
    assert demo.base_url == "http://0.0.0.0:8000"


@pytest.mark.parametrize(
    ("demo", "told", "only"),
    [(False, None, True), (True, None, False), (False, False, False), (True, True, True), (False, True, True)],
)
def test_citizens_ask_trusted_documents_alone_unless_it_is_the_demo(demo: bool, told: bool | None, only: bool) -> None:
    assert Settings(demo=demo, trusted_only=told).only_trusted is only


@pytest.mark.parametrize("network", ["10.20.0.1/16", "example.org", "10.20.0.0/33"])
def test_a_network_of_webhooks_that_is_none_is_named(network: str) -> None:
    (fault,) = faults_of(webhook_networks=f"10.0.0.0/8, {network}")
    assert fault.startswith(f"EGRET_WEBHOOK_NETWORKS: {network!r} is no network")


def test_an_authority_of_webhooks_is_a_file_of_certificates(tmp_path: Path) -> None:
    (tmp_path / "no-certificate.pem").write_text("nothing of the kind", "utf-8")
    for name in ("missing.pem", "no-certificate.pem"):
        (fault,) = faults_of(webhook_ca=str(tmp_path / name))
        assert fault.startswith("EGRET_WEBHOOK_CA"), name
    assert faults_of(webhook_networks="10.20.0.0/16, fd00:1::/32") == ()


REGISTER = {"register_url": "https://register.city.example/match", "register_secret": new_secret()}


def test_a_register_that_is_asked_needs_a_secret_to_sign_with_and_a_safe_address() -> None:
    assert strong(**REGISTER).register_url == REGISTER["register_url"]
    for given, told in (
        (REGISTER | {"register_secret": ""}, "Set EGRET_REGISTER_SECRET: it is missing."),
        (REGISTER | {"register_secret": "whsec_c2hvcnQ="}, "Set EGRET_REGISTER_SECRET: it is no such secret."),
        (REGISTER | {"register_url": "http://register.city.example/match"}, "EGRET_REGISTER_URL"),
    ):
        with pytest.raises(BadSettingsError, match=re.escape(told)):
            require_usable(strong(**given))
