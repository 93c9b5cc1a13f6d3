"""Benefits, and the passes that prove eligibility without showing a score."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from schema.types.connection import Node
from schema.types.errors import LocalText
from scoring.catalogue import BenefitCategory

strawberry.enum(BenefitCategory, description="In which way a benefit helps.")


@strawberry.type(description="What a good score opens, and the ordinary route that needs no score.")
class Benefit(Node):
    """A benefit in force. `least` is the smallest value that is enough."""

    code: str
    label: LocalText
    category: BenefitCategory
    partner: LocalText
    least: int
    terms: LocalText
    ordinary_route: LocalText


@strawberry.type(description="A benefit as it stands for the citizen who asks.")
class MyBenefit:
    """Open or not, and the points still missing."""

    benefit: Benefit
    eligible: bool
    short_by: int


@strawberry.enum(description="Where a pass stands.")
class PassState(enum.Enum):
    """A pass is active for ten minutes, and for one use."""

    ACTIVE = "ACTIVE"
    USED = "USED"
    EXPIRED = "EXPIRED"


@strawberry.type(description="A one-time proof of eligibility for one benefit.")
class Pass(Node):
    """`code` is shown only while the pass is active."""

    key: strawberry.Private[str]
    code: str | None
    benefit: Benefit
    state: PassState
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
