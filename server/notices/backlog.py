"""What is left over when the day's quota of templates is used up: many notices are put off at once, in their order.

One by one, each would be opened only to be told that it has to wait.
"""

from __future__ import annotations

from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.notices.model import NoticeRow
from server.notices.quotas import UsedUpError
from server.notices.repository import NoticeRepository
from server.notices.ways import Ways
from server.notices.writer import NOTICE
from server.platform.db import Store

_AT_ONCE = 500


class Backlog:
    """Puts off what could go by nothing but the quota that is used up."""

    def __init__(self, store: Store, ways: Ways) -> None:
        self._citizens = CitizenRepository(store)
        self._notices = NoticeRepository(store)
        self._ways = ways

    async def put_off(self, used_up: UsedUpError) -> None:
        """Some hundreds of the rows that are due first; who takes the next row does the same for others.

        Left alone is what another way may still be open for: whoever has one account, in the chat, has no other.
        Whose person writes meanwhile is told then.
        """
        due = await self._ways.outbox.due_now(NOTICE, _AT_ONCE, urgent=not used_up.may_wait)
        notices = [row for row in await self._notices.some(due) if self._goes_by_template(row)]
        people = await self._citizens.enrolled_among([row["citizen"] for row in notices])
        only = {citizen["_id"]: account for citizen in people if (account := _only_account(citizen))}
        closed = await self._ways.windows.closed(set(only.values()))
        waiting = {row["_id"]: only[row["citizen"]] for row in notices if only.get(row["citizen"]) in closed}
        await self._ways.windows.wait_for(set(waiting.values()))
        await self._ways.outbox.put_off(waiting, used_up.until)

    def _goes_by_template(self, row: NoticeRow) -> bool:
        return self._ways.templates.has(row["kind"]) and "without" not in row


def _only_account(citizen: CitizenRow) -> str | None:
    """The one account of a citizen, if it is in the chat."""
    bound = citizen.get("contacts", [])
    return bound[0]["hash"] if len(bound) == 1 and bound[0]["channel"] == "wechat" else None
