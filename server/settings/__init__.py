"""Every setting of Egret, from the environment or a file per secret."""

from __future__ import annotations

from server.settings.demo import demo_secrets, demo_settings
from server.settings.errors import BadSettingsError
from server.settings.reading import real_settings
from server.settings.requirements import require_usable
from server.settings.settings import Settings

__all__ = ["BadSettingsError", "Settings", "demo_secrets", "demo_settings", "real_settings", "require_usable"]
