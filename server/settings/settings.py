"""Settings from environment variables with the prefix EGRET_, or a file per secret."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
import ssl
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from scoring.check import load_usable
from scoring.scheme import Scheme, scheme_ids
from server.platform.crypto.kms import BadKmsError, Provider, local_keys, service_keys
from server.platform.db.master_keys import MasterKeys
from server.platform.kit.errors import OperatorError
from server.platform.kit.json import JsonObject
from server.platform.kit.networks import is_network, named
from server.platform.kit.safe_urls import fault_of, mongodb_fault, public_fault
from server.platform.kit.strength import is_signing_secret, is_weak
from server.settings.citizen_providers import CitizenProvider, citizen_providers
from server.settings.oidc import BadRegistrationError, Registration, registration_of

_OTHER_FOLDER = "EGRET_SECRETS_DIR"
"""Names the folder with a file for each secret, where that is not the one that containers have."""
_NEEDED = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
_ASKED = ("wechat_api_base", "wechat_open_base", "sms_url", "register_url", "otlp_endpoint")
"""Addresses, apart from the provider's, which says its own faults."""

_NO_SCHEME = (
    "Set EGRET_SCHEME: it is missing. It is the path of the city's folder, "
    f"or a scheme that ships: {', '.join(scheme_ids())}."
)
_ALL_OF_THEM = "deploy/README.md says what each setting is. To look at Egret without any: egret demo"
_NOBODY = "Nobody could sign in at the desk: set EGRET_OIDC_ISSUER, or unset EGRET_STAFF_LOCAL."


class BadSettingsError(OperatorError):
    """Settings are missing, weak or unsafe; the text says of each what to set, a line each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


_IS_ORIGIN = re.compile(r"\*|https?://[\w.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?", re.ASCII)
_ORIGIN = "EGRET_ALLOWED_ORIGINS: {!r} is no origin; write each as https://app.example.org, with commas between."

_NETWORK = "EGRET_WEBHOOK_NETWORKS: {!r} is no network; write each as 10.20.0.0/16, with commas between."


class Settings(BaseSettings):
    """Every setting of Egret. Secrets never appear in `repr`."""

    model_config = SettingsConfigDict(env_prefix="EGRET_", extra="ignore")

    mongodb_uri: SecretStr | None = None
    mongodb_plaintext: bool = False
    database: str = "egret"
    data_dir: Path = Path(".egret")
    mongo_driver: Literal["motor", "pymongo"] = "motor"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    trusted_proxies: str = "127.0.0.1"
    scheme: str = ""
    public_url: str | None = None
    demo: bool = False

    token_key: SecretStr = SecretStr("")
    index_key: SecretStr = SecretStr("")
    master_key: SecretStr = SecretStr("")
    previous_master_key: SecretStr = SecretStr("")
    next_master_key: SecretStr = SecretStr("")
    kms_provider: Provider = "local"
    kms_credentials: SecretStr = SecretStr("")
    kms_key: SecretStr = SecretStr("")
    kms_tls: SecretStr = SecretStr("")

    wechat_token: SecretStr = SecretStr("")
    wechat_aes_key: SecretStr = SecretStr("")
    wechat_previous_aes_key: SecretStr = SecretStr("")
    wechat_app_id: str = "wxegret0000000000"
    wechat_app_secret: SecretStr = SecretStr("")
    miniapp_app_id: str = ""
    miniapp_app_secret: SecretStr = SecretStr("")
    miniapp_templates: Path | None = None
    wechat_customer_service: bool = False
    wechat_menus: bool = False
    wechat_union: bool = False
    wechat_account: str = "gh_egret"
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_open_base: str = "https://open.weixin.qq.com"
    wechat_templates: Path | None = None
    wechat_verify_dir: Path | None = None
    wechat_templates_a_day: int = Field(default=100_000, gt=0)
    wechat_messages_a_minute: int = Field(default=3_000, gt=0)
    sms_url: str | None = None
    sms_a_minute: int = Field(default=600, gt=0)
    register_url: str | None = None
    register_secret: SecretStr = SecretStr("")
    scanner: str | None = Field(default=None, pattern=r"^tcp://[^/@\s]+$")

    # Who may sign in at the desk
    oidc_issuer: str = ""
    oidc_origins: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_scope: str = "openid profile"
    oidc_role_claim: str = "roles"
    oidc_roles: str = ""
    staff_local: bool | None = None

    # Where citizens may sign in besides WeChat
    citizen_providers: Path | None = None

    trusted_only: bool | None = None
    trusted_documents: Path | None = None
    api_budget: int = Field(default=400_000, gt=0)
    allowed_origins: str = ""

    # Where events of sources and partners may go besides public addresses
    webhook_networks: str = ""
    webhook_ca: Path | None = None

    # How it is watched
    log_format: Literal["auto", "json", "text"] = "auto"
    metrics: bool = False
    ops_port: int | None = Field(default=None, ge=0, le=65535)
    ops_host: str = "127.0.0.1"
    outbox_limit: int = Field(default=900, gt=0)
    otlp_endpoint: str | None = None
    trace_ratio: float = Field(default=1.0, ge=0, le=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given counts first, then the environment, then the files. Raises BadSettingsError."""
        files = SecretsSettingsSource(settings_cls, secrets_dir=_secrets_dir())
        return init_settings, env_settings, dotenv_settings, files

    @field_validator("wechat_aes_key", "wechat_previous_aes_key")
    @classmethod
    def _aes_key(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and (len(text) != 43 or not text.isalnum()):
            raise ValueError("an EncodingAESKey is the 43 letters and digits that WeChat shows")
        return value

    @property
    def base_url(self) -> str:
        """Where people and the bot reach this server, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def asked_addresses(self) -> list[str]:
        """Everything that Egret itself may send requests to."""
        asked = [self.wechat_api_base, self.sms_url, self.register_url, self.oidc_issuer, *named(self.oidc_origins)]
        asked += [address for one in self.providers() for address in (one.issuer, *one.origins)]
        return [address.strip() for address in asked if address and address.strip()]

    @property
    def origins(self) -> tuple[str, ...]:
        """The other origins that may ask the API from a browser; any in the demo, unless some are named."""
        allowed = tuple(origin.rstrip("/") for origin in named(self.allowed_origins))
        return allowed or (("*",) if self.demo else ())

    @property
    def only_trusted(self) -> bool:
        """Whether citizens may ask trusted documents alone: unless told, everywhere but in the demo."""
        return not self.demo if self.trusted_only is None else self.trusted_only

    @property
    def scheme_name(self) -> str:
        """The scheme that ships, or the city's folder; in the demo, unless told, the first that ships."""
        if not self.scheme and not self.demo:
            raise BadSettingsError(_NO_SCHEME)
        return self.scheme or scheme_ids()[0]

    @property
    def watched(self) -> bool:
        """Whether anybody reads metrics or traces: MongoDB's commands are counted only then."""
        return self.metrics or self.demo or self.ops_port is not None or self.otlp_endpoint is not None

    @property
    def local_sign_in(self) -> bool:
        """Whether accounts with a password here may sign in: unless told, only where no provider is set."""
        return not self.oidc_issuer if self.staff_local is None else self.staff_local

    def secret_values(self) -> list[str]:
        """What must never be logged."""
        values = (getattr(self, name) for name in type(self).model_fields)
        secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return secrets + ([] if _faults_of(self.providers) else [one.client_secret for one in self.providers()])

    def require_secrets(self) -> Self:
        """Refuse to start with a missing or weak secret, or, outside the demo, with an address that is not safe.

        Raises:
            BadSettingsError: names every such variable and what it should hold.
        """
        faults = [*self._weak_secrets(), *self._bad_keys(), *self._desk_faults(), *self._unsafe_addresses()]
        faults += [*self._bad_networks(), *self._half_a_mini_program(), *self._unsigned_register()]
        faults += [*_faults_of(self.providers), *_faults_of(self.load_scheme)]
        faults += [_ORIGIN.format(origin) for origin in self.origins if not _IS_ORIGIN.fullmatch(origin)]
        if faults:
            raise BadSettingsError(*dict.fromkeys(faults))
        return self

    def _weak_secrets(self) -> Iterator[str]:
        for name in _NEEDED:
            value: str = getattr(self, name).get_secret_value()
            if name == "master_key" and (value or self.kms_provider != "local"):
                continue
            if is_weak(value, self._city_words()):
                fault = "too weak" if value else "missing"
                yield f"Set EGRET_{name.upper()}: it is {fault}. {_HINTS[name]}"

    def _city_words(self) -> list[str]:
        """Words of the scheme's name, which whoever guesses a secret of this city tries first."""
        return [word for word in Path(self.scheme).name.casefold().split("-") if len(word) > 2]

    def _half_a_mini_program(self) -> Iterator[str]:
        """A mini-program has an AppID and an AppSecret of its own, or neither is set."""
        secret = self.miniapp_app_secret.get_secret_value()
        if (secret or self.miniapp_templates) and not self.miniapp_app_id:
            yield "Set EGRET_MINIAPP_APP_ID: it is missing. It is the AppID of the mini-program, not of the account."
        if self.miniapp_app_id and is_weak(secret, self._city_words()):
            fault = "too weak" if secret else "missing"
            yield f"Set EGRET_MINIAPP_APP_SECRET: it is {fault}. {_HINTS['miniapp_app_secret']}"
        if self.miniapp_app_id and self.miniapp_app_id == self.wechat_app_id:
            yield "Set EGRET_MINIAPP_APP_ID to the mini-program's own AppID: it is the one of the public account."

    def _unsigned_register(self) -> Iterator[str]:
        """What is asked of the city's register is signed."""
        secret = self.register_secret.get_secret_value()
        if self.register_url and not is_signing_secret(secret):
            fault = "no such secret" if secret else "missing"
            yield f"Set EGRET_REGISTER_SECRET: it is {fault}. {_HINTS['register_secret']}"

    def _bad_keys(self) -> Iterator[str]:
        """Former keys may be weak: they only open what is to be wrapped again."""
        names = [*(["master_key"] if self.kms_provider == "local" else []), "previous_master_key", "next_master_key"]
        for name in names:
            if not getattr(self, name).get_secret_value():
                continue
            yield from (faults := _faults_of(partial(self._master_key, name)))
            if (
                not faults
                and name != "previous_master_key"
                and is_weak(self._master_key(name).decode("latin-1"), self._city_words())
            ):
                yield f"Set EGRET_{name.upper()}: it is too weak. {_HINTS['master_key']}"
        if self.kms_provider != "local":
            yield from _faults_of(partial(self._service_keys, []))

    def _bad_networks(self) -> Sequence[str]:
        """Of webhooks: networks that are none, and an authority that cannot be read."""
        faults = [_NETWORK.format(one) for one in named(self.webhook_networks) if not is_network(one)]
        if self.webhook_ca is not None and not _holds_certificates(self.webhook_ca):
            faults.append(f"EGRET_WEBHOOK_CA: {self.webhook_ca} is no file of certificates (PEM)")
        return faults

    def _desk_faults(self) -> Sequence[str]:
        if self.oidc_issuer or self.local_sign_in:
            return _faults_of(self.oidc)
        return _faults_of(self.oidc) or (_NOBODY,)

    def _unsafe_addresses(self) -> Iterator[str]:
        """Settings that would send something in the clear; the demo is its own platform, wherever it listens."""
        if self.demo:
            return
        asked = [(name, getattr(self, name)) for name in _ASKED]
        asked += [("allowed_origins", origin) for origin in self.origins if origin != "*"]
        asked += [("oidc_origins", origin) for origin in named(self.oidc_origins)]
        faults = [public_fault(self.base_url), *(fault_of(name.upper(), url) for name, url in asked if url)]
        if self.mongodb_uri is not None:
            faults.append(mongodb_fault(self.mongodb_uri.get_secret_value(), plaintext=self.mongodb_plaintext))
        yield from filter(None, faults)

    def oidc(self) -> Registration | None:
        """Where staff sign in, if that is not here. Raises BadSettingsError."""
        try:
            return registration_of(
                issuer=self.oidc_issuer,
                client_id=self.oidc_client_id,
                client_secret=self.oidc_client_secret.get_secret_value(),
                scope=self.oidc_scope,
                role_claim=self.oidc_role_claim,
                roles=self.oidc_roles,
                base_url=self.base_url,
            )
        except BadRegistrationError as error:
            raise BadSettingsError(*error.faults) from None

    def providers(self) -> Sequence[CitizenProvider]:
        """Where citizens may sign in besides WeChat. Raises BadSettingsError."""
        if self.citizen_providers is None:
            return ()
        try:
            return citizen_providers(self.citizen_providers, self.base_url)
        except BadRegistrationError as error:
            raise BadSettingsError(*error.faults) from None

    def load_scheme(self) -> Scheme:
        """The scheme of the city, whole and usable. Raises BadSettingsError: it says what is wrong, file and line."""
        name = self.scheme_name
        try:
            return load_usable(name)
        except ValueError as error:
            raise BadSettingsError(f"EGRET_SCHEME: {error}") from None

    def master_keys(self) -> MasterKeys:
        """What wraps the data keys, and what opened them before or will. Raises BadSettingsError."""
        former = self._others("previous_master_key")
        coming = self._others("next_master_key")
        if self.kms_provider == "local":
            first = former[0] if former else None
            return local_keys(self._master_key("master_key"), *former, *coming, first=first)
        return self._service_keys([*former, *coming])

    def _service_keys(self, own: list[bytes]) -> MasterKeys:
        """A key of a key management service, besides some of our own. Raises BadSettingsError."""
        secrets = (self.kms_credentials, self.kms_key, self.kms_tls)
        try:
            return service_keys(self.kms_provider, *(s.get_secret_value() for s in secrets), local=own)
        except BadKmsError as error:
            raise BadSettingsError(str(error)) from None

    def _others(self, name: str) -> list[bytes]:
        return [self._master_key(name)] if getattr(self, name).get_secret_value() else []

    def _master_key(self, name: str) -> bytes:
        """The 96 bytes of a master key of our own."""
        try:
            key = base64.b64decode(getattr(self, name).get_secret_value(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != 96:
            raise BadSettingsError(f"Set EGRET_{name.upper()}: {_HINTS['master_key']}")
        return key


def _secrets_dir() -> Path | None:
    """Where the files of secrets are; None where there are none."""
    named = os.environ.get(_OTHER_FOLDER)
    folder = Path(named or "/run/secrets")
    if folder.is_dir():
        return folder
    if named:
        raise BadSettingsError(f"Set {_OTHER_FOLDER} to the folder with your secrets: {named} is no folder.")
    return None


def _faults_of(call: Callable[[], object]) -> Sequence[str]:
    """What a call refuses."""
    try:
        call()
    except BadSettingsError as error:
        return error.faults
    return ()


def _holds_certificates(path: Path) -> bool:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError):
        return False
    return True


def _random_hint(what: str) -> str:
    return f"Make {what} with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


_HINTS = {
    "token_key": _random_hint("one"),
    "index_key": _random_hint("one, and never change it: it finds people by their ID number;"),
    "master_key": "It is 96 random bytes in base64: "
    "python -c 'import base64,os; print(base64.b64encode(os.urandom(96)).decode())'",
    "wechat_token": "It is the token that you entered at the WeChat platform: 16 to 32 letters and digits, at random.",
    "wechat_aes_key": "It is the EncodingAESKey of the WeChat platform; safe mode needs it.",
    "wechat_app_secret": "It is the AppSecret of the WeChat platform.",
    "register_secret": "It is whsec_ and 32 random bytes in base64, the same as at the city's register: "
    "python -c 'import base64,os; print(\"whsec_\" + base64.b64encode(os.urandom(32)).decode())'",
    "miniapp_app_secret": "It is the AppSecret of the mini-program, which is another one than the public account's.",
}


def demo_secrets(data_dir: Path) -> dict[str, str]:
    """The demo's secrets: made once, kept in the data folder, readable by its owner only."""
    path = data_dir / "demo-secrets.json"
    data_dir.mkdir(parents=True, exist_ok=True)
    made = {
        "token_key": secrets.token_urlsafe(32),
        "index_key": secrets.token_urlsafe(32),
        "master_key": base64.b64encode(os.urandom(96)).decode(),
        "wechat_token": secrets.token_hex(16),
        "wechat_aes_key": secrets.token_hex(32)[:43],
        "wechat_app_secret": secrets.token_hex(16),
        "miniapp_app_id": f"wx{secrets.token_hex(8)}",
        "miniapp_app_secret": secrets.token_hex(16),
        "partner_key": f"egp_{secrets.token_urlsafe(24)}",
    }
    made |= {f"{role}_password": secrets.token_urlsafe(9) for role in ("agent", "approver", "steward", "auditor")}
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if made.keys() <= kept.keys():
        return kept
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made | kept, file)
    return made | kept


def demo_settings(settings: Settings, *, port: int) -> Settings:
    """The demo's settings: kept secrets, and the simulator as WeChat and as the phone."""
    secrets = demo_secrets(settings.data_dir)
    base = f"http://{settings.host}:{port}"
    values: JsonObject = {name: secrets[name] for name in secrets if name in Settings.model_fields}
    values |= {
        "port": port,
        "host": settings.host,
        "data_dir": settings.data_dir,
        "scheme": settings.scheme_name,
        "database": f"egret-{settings.load_scheme().id}",
        "wechat_api_base": f"{base}/simulator/api",
        "wechat_open_base": f"{base}/simulator/open",
        "sms_url": f"{base}/simulator/api/sms",
    }
    return Settings(demo=True, **values).require_secrets()


def real_settings() -> Settings:
    """The settings of everything but the demo. Raises BadSettingsError: it names everything that is wrong, at once."""
    settings, unread = _as_far_as_read()
    faults = [text for text in _faults_of(settings.require_secrets) if not any(name in text for name in unread)]
    if settings.demo:
        faults.append("Unset EGRET_DEMO: the simulator can sign as anybody; `egret demo` sets it itself.")
    if unread or faults:
        raise BadSettingsError(*unread.values(), *faults, _ALL_OF_THEM)
    return settings


def _as_far_as_read() -> tuple[Settings, dict[str, str]]:
    """The settings, and what is wrong with those that could not be read and are as if they were not set."""
    try:
        return Settings(), {}
    except ValidationError as error:
        unread = dict(_unread(error))
    fields = {name: Settings.model_fields[name].get_default() for name in unread}
    return Settings(**fields), {f"EGRET_{name.upper()}": fault for name, fault in unread.items()}


def _unread(error: ValidationError) -> Iterator[tuple[str, str]]:
    for fault in error.errors(include_url=False, include_input=False):
        name = str(fault["loc"][0])
        yield name, f"Set EGRET_{name.upper()} to another value: {fault['msg'].removeprefix('Value error, ')}."
