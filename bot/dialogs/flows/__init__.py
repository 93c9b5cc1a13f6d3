"""The flows, one file each or a few that belong together. Nothing lists them: what stands in here is found."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from bot.dialogs.flow import Flow


def _found() -> dict[str, Flow[Any]]:
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    flows = [one for module in modules for one in vars(module).values() if isinstance(one, Flow)]
    return {flow.name: flow for flow in flows}


FLOWS = _found()
