"""Settings from environment variables with the prefix EGRET_, or a file per secret."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from scoring.check import load_usable
from scoring.scheme import Scheme, scheme_ids
from server.platform.crypto.kms import BadKmsError, Provider, local_keys, service_keys
from server.platform.db.master_keys import MasterKeys
from server.platform.kit.networks import named
from server.settings.citizen_providers import CitizenProvider, citizen_providers
from server.settings.errors import BadSettingsError, refused_by
from server.settings.oidc import BadRegistrationError, Registration, registration_of

_OTHER_FOLDER = "EGRET_SECRETS_DIR"
"""Names the folder with a file for each secret, where that is not the one that containers have."""
_NO_SCHEME = (
    "Set EGRET_SCHEME: it is missing. It is the path of the city's folder, "
    f"or a scheme that ships: {', '.join(scheme_ids())}."
)
MASTER_KEY_HINT = (
    "It is 96 random bytes in base64: python -c 'import base64,os; print(base64.b64encode(os.urandom(96)).decode())'"
)


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
        return secrets + ([] if refused_by(self.providers) else [one.client_secret for one in self.providers()])

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
            return local_keys(self.own_key("master_key"), *former, *coming, first=first)
        return self.kms_keys([*former, *coming])

    def kms_keys(self, own: list[bytes]) -> MasterKeys:
        """A key of a key management service, besides some of our own. Raises BadSettingsError."""
        secrets = (self.kms_credentials, self.kms_key, self.kms_tls)
        try:
            return service_keys(self.kms_provider, *(s.get_secret_value() for s in secrets), local=own)
        except BadKmsError as error:
            raise BadSettingsError(str(error)) from None

    def _others(self, name: str) -> list[bytes]:
        return [self.own_key(name)] if getattr(self, name).get_secret_value() else []

    def own_key(self, name: str) -> bytes:
        """The 96 bytes of a master key of our own, by its setting. Raises BadSettingsError."""
        try:
            key = base64.b64decode(getattr(self, name).get_secret_value(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != 96:
            raise BadSettingsError(f"Set EGRET_{name.upper()}: {MASTER_KEY_HINT}")
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
