"""The one door to work: the caller pays for it before it is done.

Costs are those of `schema.engine.limits`; a millisecond of work is some 400. A document that was not sent before is
paid for by its length before it is read, valid or not, and afterwards by the time that reading it took. It is read in a
thread, one at a time and in fair turns, so that reading never holds the event loop.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from schema.engine.documents import DocumentError, Documents, Operation, Operations
from schema.engine.limits import MAX_TOKENS
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from server.platform.core.budget import Budget
from server.platform.kit.fair_queue import FairQueue, QueueFullError

COST_OF_MS = 400
EXPORT_COST, PICTURE_COST, PHOTO_COST, LETTER_COST, FILE_COST = 20_000, 4000, 500, 8000, 8000
"""Everything that is held, a card, a photo that is opened, a letter as PDF, a file that is read."""
_COST_OF_ANY, _COST_OF_TOKEN = 50, 10
_BYTES_FOR_ONE = 16
"""How many bytes of a document cost one."""
_TOKEN = re.compile(r"\w+|[^\w\s,]")
_LATER_SECONDS = 5
_MOST_OF_ONE = 64
"""Documents of one person or address that wait to be read: a whole page of a front end, several times."""


@dataclass(slots=True)
class Bill:
    """What a request cost, and what is left of its caller's budget after it."""

    spent: int = 0
    left: int = 0


class Admission:
    """Takes costs from budgets, and reads documents."""

    def __init__(self, documents: Documents, budget: Budget) -> None:
        self._documents = documents
        self._budget = budget
        self._queue = FairQueue(1, most_waiting=256, most_of_one=_MOST_OF_ONE)
        self._thread = ThreadPoolExecutor(1, "documents")

    async def operation(
        self, actor: Principal, address: str, text: str, name: str | None, bill: Bill | None = None
    ) -> Operation:
        """An operation of a document that anybody sent. Raises DocumentError, Refused (TOO_MUCH)."""
        if self._documents.is_known(text):
            return self._documents.operation(text, name)
        paid = _COST_OF_ANY + len(text) // _BYTES_FOR_ONE + _tokens(text) * _COST_OF_TOKEN
        await self.spend(actor, address, paid, bill)
        try:
            async with self._queue.turn(_whose(actor, address)):
                if self._documents.is_known(text):  # another caller sent it meanwhile
                    return self._documents.operation(text, name)
                read, error, taken = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, text)
                await self._pause(taken)
        except QueueFullError:
            raise Refused(RefusalCode.TOO_MUCH, retry_after=_LATER_SECONDS, seconds=_LATER_SECONDS) from None
        more = int(taken * 1000 * COST_OF_MS) - paid
        if more > 0:
            await self.spend(actor, address, more, bill)
        if error is not None:
            raise error
        return self._documents.operation(text, name, read)

    async def run(
        self,
        actor: Principal,
        address: str,
        operation: Operation,
        variables: Mapping[str, object] | None,
        bill: Bill | None = None,
    ) -> None:
        """Pay for running an operation. Raises DocumentError where it is too large, Refused (TOO_MUCH)."""
        await self.spend(actor, address, self._documents.cost(operation, variables), bill)

    async def ours(self, actor: Principal, address: str, text: str, name: str, variables: Mapping[str, object]) -> None:
        """Pay for running an operation of one of our own documents. Raises Refused (TOO_MUCH)."""
        await self.run(actor, address, self._documents.operation(text, name), variables)

    async def spend(self, actor: Principal, address: str, cost: int, bill: Bill | None = None) -> None:
        """Pay for other work; it goes onto the bill. Raises Refused (TOO_MUCH)."""
        left = await self._budget.spend(actor, address, cost)
        if bill is not None:
            bill.spent += cost
            bill.left = left

    def _read(self, text: str) -> tuple[Operations | None, DocumentError | None, float]:
        """The document or what is wrong with it, and the seconds of work that took."""
        began = time.thread_time()
        try:
            return self._documents.read(text), None, time.thread_time() - began
        except DocumentError as error:
            return None, error, time.thread_time() - began

    async def _pause(self, taken: float) -> None:
        """While others wait, half of the time belongs to those whose documents are known."""
        if self._queue.waiting:
            await asyncio.sleep(taken)


def _tokens(text: str) -> int:
    """About how many tokens a document has, up to the bound after which it is read no further."""
    return sum(1 for _ in islice(_TOKEN.finditer(text), MAX_TOKENS + 1))


def _whose(actor: Principal, address: str) -> str:
    return actor.id or (actor.contact.id if actor.contact else address)
