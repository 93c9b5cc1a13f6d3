"""Notices that the platform took and then could not deliver: they go another way, or wait for their person.

The outbox does both, as when the platform refuses at once (`server.notices.delivery`); here a row that counted as sent
only becomes due again, without the ways that have failed, and its notice is not delivered any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.wechat.messages import Message
from bot.wechat.results import SUBSCRIPTION, Failure, allows_a_notice, failures
from server.container import Container
from server.notices.writer import NOTICE
from server.platform.observability import metrics

log = logging.getLogger("egret.outbox")
_LOOK_AGAIN_SECONDS = (0.5, 1.0, 1.5)
"""An event may overtake the worker's last write about what it sent."""


async def heed(container: Container, message: Message) -> list[Failure]:
    """Do what an event asks for that says what became of notices; nothing for any other.

    What is left are failures of messages that are not known to be sent.
    """
    if allows_a_notice(message):
        await container.outbox.release(container.contacts.id_of("wechat", message.sender), again=SUBSCRIPTION)
    return [failure for failure in failures(message) if not await _send_again(container, failure)]


async def look_again(container: Container, unknown: Sequence[Failure]) -> None:
    """Look for these a little later, and once more; most are of others who send for the account."""
    for pause in _LOOK_AGAIN_SECONDS:
        await asyncio.sleep(pause)
        unknown = [failure for failure in unknown if not await _send_again(container, failure)]
        if not unknown:
            return


async def _send_again(container: Container, failure: Failure) -> bool:
    """Whether it was one of our notices that counted as sent; however often the platform says so, it is once."""
    row_id = await container.outbox.sent_as(failure.way, failure.message_id)
    if row_id is None:
        return False
    await container.delivery.lost(failure.way, failure.message_id, row_id)
    if not await container.outbox.send_again(failure.way, failure.message_id, failure.closed):
        return False
    metrics.OUTBOX_DELIVERIES.labels(NOTICE, "came_back").inc()
    log.warning("a %s message was taken and not delivered: %s", failure.way, failure.why)
    return True
