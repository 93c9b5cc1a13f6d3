"""The worker: delivers the outbox, and lets deadlines decide."""

from __future__ import annotations

import asyncio
import logging

from bot.notices import notice, sms_code
from bot.wechat.client import WeChatApiError
from bot.wechat.replies import split_text
from server.mongo import Document
from server.outbox import UndeliverableError
from server.system import System

log = logging.getLogger("egret.worker")
DEADLINE_SECONDS = 60.0


async def run_worker(system: System) -> None:
    """Work until cancelled. Any number may run: rows are leased, deadlines compare-and-set."""
    async with asyncio.TaskGroup() as group:
        group.create_task(system.outbox.run(Delivery(system).deliver))
        group.create_task(_deadlines(system))


async def _deadlines(system: System) -> None:
    while True:
        try:
            lapsed = await system.disputes.lapse_overdue()
            if lapsed:
                log.info("%d disputes lapsed and were decided for the citizen", lapsed)
        except Exception as error:
            log.warning("deadlines pause: %s", type(error).__name__)
        await asyncio.sleep(DEADLINE_SECONDS)


class Delivery:
    """Sends outbox rows by their kind: `chat` notices, `text` replies that were late, `sms`."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def deliver(self, kind: str, payload: Document, row_id: str) -> None:
        """Send one row. Raises UndeliverableError where another try cannot help."""
        if kind == "sms":
            await self._sms(payload["phone"], sms_code(payload["code"]))
            return
        contact = await self._system.contacts.get(payload["contact"])
        account = await self._system.contacts.account(payload["contact"])
        if contact is None or account is None:
            raise UndeliverableError
        text = payload["text"] if kind == "text" else notice(contact.language, payload["notice"], payload["data"])
        await self._chat(account[1], text, row_id)

    async def _chat(self, openid: str, text: str, row_id: str) -> None:
        try:
            for n, part in enumerate(split_text(text)):
                await self._system.wechat.send_text(openid, part, f"{row_id}-{n}")
        except WeChatApiError as error:
            if error.is_final:
                raise UndeliverableError from error
            raise

    async def _sms(self, phone: str, text: str) -> None:
        url = self._system.settings.sms_url
        if url is None:
            raise UndeliverableError("EGRET_SMS_URL is not set")
        response = await self._system.http.post(url, json={"phone": phone, "text": text})
        response.raise_for_status()
