"""The parts that services are made of: one of each, shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scoring.scheme import Scheme
from server.citizens.access_log import OwnLooks
from server.citizens.citizens import Citizens
from server.citizens.contacts import Contacts
from server.citizens.residents import Register
from server.platform.core.changes import Changes
from server.platform.core.throttle import Throttle
from server.platform.crypto.links import Links
from server.platform.crypto.vault import Vault
from server.platform.db import Layouts, Store
from server.platform.kit.clock import Clock

if TYPE_CHECKING:
    from server.scores.assessments import Assessor


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service may use. A service takes this, and beside it only other services."""

    store: Store
    vault: Vault
    scheme: Scheme
    clock: Clock
    changes: Changes
    citizens: Citizens
    contacts: Contacts
    throttle: Throttle
    links: Links
    register: Register
    assessor: Assessor
    looks: OwnLooks
    layouts: Layouts
