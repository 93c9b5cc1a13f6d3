"""Every setting of Egret, from the environment or a file per secret."""

from __future__ import annotations

from server.settings.settings import BadSettingsError, Settings, demo_secrets, demo_settings, real_settings

__all__ = ["BadSettingsError", "Settings", "demo_secrets", "demo_settings", "real_settings"]
