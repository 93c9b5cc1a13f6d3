"""The settings of the demo: its secrets are its own, and the simulator is WeChat and the phone."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from server.platform.kit.json import JsonObject
from server.settings.requirements import require_usable
from server.settings.settings import Settings


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
    return require_usable(Settings(demo=True, **values))
