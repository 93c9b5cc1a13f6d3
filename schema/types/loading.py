"""What objects refer to and have not read yet: loaded when it is asked for, together for all who ask at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

import strawberry

if TYPE_CHECKING:
    from schema.types.dispute import Case, Dispute
    from schema.types.record import CreditRecord


class Loading(Protocol):
    """Reads for the principal of one request."""

    async def record(self, key: str) -> CreditRecord | None:
        """One of the citizen's own records; None where it is gone, and for anyone else."""

    async def dispute_about(self, key: str) -> Dispute | None:
        """The citizen's newest dispute about a record; None where there is none, and for anyone else."""

    async def case(self, key: str) -> Case:
        """A case as the queue shows it."""


def loading(info: strawberry.Info[Any, Any]) -> Loading:
    """Of the request that asks."""
    return cast(Loading, info.context.loading)
