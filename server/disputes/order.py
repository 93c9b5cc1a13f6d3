"""The one order of a queue: due first, of one day what was filed first, then by number."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schema.types.connection import Page
from server.platform.db import Query, Sort


class QueuePlace(NamedTuple):
    """Where in a queue an application stands."""

    due_on: str
    filed_at: datetime
    number: str

    @property
    def cursor(self) -> str:
        """As a page names it."""
        return f"{self.due_on}|{self.filed_at.isoformat()}|{self.number}"

    @classmethod
    def after(cls, page: Page) -> QueuePlace | None:
        """The place after which a page begins; None for the first. Refused: BAD_INPUT."""
        if page.after is None:
            return None
        due, _, rest = page.after.partition("|")
        moment, _, number = rest.partition("|")
        return cls(due, Page(page.first, moment).moment(), number)

    def behind(self, filed_at: str) -> Query:
        """What stands behind it, where a row has the moment in a field of that name."""
        same_day = {"due_on": self.due_on}
        return {
            "$or": [
                {"due_on": {"$gt": self.due_on}},
                {**same_day, filed_at: {"$gt": self.filed_at}},
                {**same_day, filed_at: self.filed_at, "number": {"$gt": self.number}},
            ]
        }


def queue_order(filed_at: str) -> Sort:
    """What a queue is sorted by, where a row has the moment in a field of that name."""
    return [("due_on", 1), (filed_at, 1), ("number", 1)]
