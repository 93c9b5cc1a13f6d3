"""Settings of a city that is set up well, and what is said of those that are not."""

from __future__ import annotations

import base64
import hashlib

from server.settings import BadSettingsError, Settings, require_usable


def made_up(name: str, length: int) -> str:
    """A secret as random as any, and the same in every run."""
    return hashlib.sha512(name.encode()).hexdigest()[:length]


MASTER = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(3))
GOOD = {
    **{name: made_up(name, 43) for name in ("token_key", "index_key", "wechat_aes_key")},
    **{name: made_up(name, 32) for name in ("wechat_token", "wechat_app_secret")},
    "master_key": base64.b64encode(MASTER).decode(),
    "scheme": "fuzhou-moli",
}


def strong(**values: str) -> Settings:
    """Settings of a city that is set up well, on this machine, apart from these."""
    return Settings.model_validate(GOOD | values)


def faults_of(**values: str) -> tuple[str, ...]:
    """What these would be refused for."""
    try:
        require_usable(strong(**values))
    except BadSettingsError as refused:
        return refused.faults
    return ()
