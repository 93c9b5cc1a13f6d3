"""The ways of WeChat, and the text message: each takes a message, or says why it is closed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import httpx

from bot.dialogs.choices import Menu
from bot.wechat.client import WeChatClient
from bot.wechat.faults import WeChatApiError
from bot.wechat.replies import split_text
from bot.wechat.results import SUBSCRIPTION, TEMPLATE
from bot.wechat.templates import Filled, Templates
from server.notices.model import Way
from server.notices.quotas import Quotas
from server.notices.windows import MessagingWindows
from server.platform.core.outbox import Outbox, WaitingError
from server.settings import Settings

log = logging.getLogger("egret.outbox")
_SOON = timedelta(minutes=5)
_MINI_PAGE = "pages/score/score"
"""Where a message of the mini-program leads."""
_GATEWAY_WAITS = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Sent:
    """A way took it, perhaps under an id of the platform's."""

    way: Way
    message_id: str | None = None

    @property
    def sent_as(self) -> str | None:
        """The way with the platform's id, as the outbox knows it."""
        return None if self.message_id is None else f"{self.way.value}:{self.message_id}"


@dataclass(frozen=True, slots=True)
class Closed:
    """A way is closed, `until_written` to by its person, or `for_good`: whatever they do."""

    way: Way
    why: str
    until_written: bool = False
    for_good: bool = True
    error: Exception | None = None


@dataclass(slots=True)
class Ways:
    """What sends by each way. `templates` are the account's, `mini_templates` the mini-program's."""

    settings: Settings
    outbox: Outbox
    windows: MessagingWindows
    wechat: WeChatClient
    mini_program: WeChatClient | None
    templates: Templates
    mini_templates: Templates
    quotas: Quotas
    http: httpx.AsyncClient = field(repr=False)

    async def chat(
        self,
        contact: str,
        openid: str,
        text: str,
        row_id: str,
        *,
        menu: Menu | None = None,
        may_wait: bool = False,
    ) -> Sent | Closed:
        """By customer-service message, within what WeChat allows after the person's last sign.

        A `menu` goes instead of its text, where the account may send one.

        Raises what another try may mend: a platform that is busy or silent, or a quota.
        """
        parts = split_text(text)
        windows = self.windows
        sent = 0
        window = await windows.consume(contact, len(parts))
        if window is None:
            return Closed(Way.CHAT, "the person must write first", until_written=True, for_good=False)
        try:
            for part in parts:
                await self.quotas.spend(Way.CHAT, may_wait=may_wait)
                if menu is None or not await self._was_menu_sent(openid, menu, row_id):
                    await self.wechat.send_text(openid, part, f"{row_id}-{sent}")
                sent += 1
        except WeChatApiError as error:
            if error.is_closed:
                await windows.close(contact)
                return Closed(Way.CHAT, error.meaning, error.needs_person, for_good=False, error=error)
            await windows.restore(contact, window, len(parts) - sent)
            if error.is_final:
                return Closed(Way.CHAT, error.meaning, error=error)
            raise
        except BaseException:  # also where it took too long, or the worker is asked to stop
            await windows.restore(contact, window, len(parts) - sent)
            raise
        return Sent(Way.CHAT)

    async def _was_menu_sent(self, openid: str, menu: Menu, row_id: str) -> bool:
        """Whether the platform took it; not where the account may send no menus, or not to this phone."""
        try:
            await self.wechat.send_menu(openid, menu.head, menu.entries, menu.tail, f"{row_id}-menu")
        except WeChatApiError as error:
            if not error.is_final and (not error.is_closed or error.needs_person):
                raise
            log.warning("a menu is sent as text: %s", error)
            return False
        return True

    async def template(
        self,
        contact: str,
        openid: str,
        filled: Filled,
        row_id: str,
        failed: Collection[str],
        *,
        page: str,
        may_wait: bool,
    ) -> Sent | Closed:
        """By template, where no customer-service message may follow; then by subscription, if one is allowed.

        A tap opens the `page`. Not by a way in `failed`, which the platform took this message for before, and lost.
        Raises WaitingError where a way is closed for a few minutes.
        """
        url, ways = f"{self.settings.base_url}{page}", filled.template
        sends: dict[str, Callable[[], Awaitable[str | None]]] = {}
        if ways.template is not None:
            sends[TEMPLATE] = partial(self.wechat.send_template, openid, ways.template, filled.values, url, row_id)
        if ways.subscription is not None:
            sends[SUBSCRIPTION] = partial(self.wechat.send_subscription, openid, ways.subscription, filled.values, url)
        passing: WeChatApiError | None = None
        closed = Closed(Way.TEMPLATE, "the platform lost it on this way")
        for way, send in sends.items():
            if way in failed:
                continue
            await self.quotas.spend(Way(way), may_wait=may_wait, contact=contact)
            try:
                message_id = await send()
            except WeChatApiError as error:
                log.info("a notice cannot go this way: %s", error)
                passing = error if error.is_passing else passing
                closed = Closed(Way(way), error.meaning, error=error)
                continue
            except httpx.HTTPError as error:  # it may have been taken: later the same again, and now no other
                log.info("a notice may not have gone this way: %s", type(error).__name__)
                raise WaitingError(contact, _SOON) from error
            if message_id is not None:
                await self.outbox.taken(row_id, way, message_id)
            return Sent(Way(way), message_id)
        if passing is not None:
            raise WaitingError(contact, _SOON) from passing
        return closed

    async def mini(self, openid: str, filled: Filled | None) -> Sent | Closed:
        """By subscription message of the mini-program, where the person has allowed one. Raises as `chat`."""
        client = self.mini_program
        if client is None or filled is None or filled.template.subscription is None:
            return Closed(Way.MINI, "the mini-program has no template for it")
        try:
            await client.send_to_mini_program(openid, filled.template.subscription, filled.values, _MINI_PAGE)
        except WeChatApiError as error:
            if not (error.is_final or error.is_closed or error.needs_consent):
                raise
            log.info("a notice cannot go to the mini-program: %s", error)
            return Closed(Way.MINI, error.meaning, error=error)
        return Sent(Way.MINI)

    async def sms(self, phone: str, text: str) -> Sent | Closed:
        """By text message. Closed where the gateway refuses the number; raises where it is down or has too much."""
        url = self.settings.sms_url
        if url is None:
            return Closed(Way.SMS, "EGRET_SMS_URL is not set")
        await self.quotas.spend(Way.SMS, may_wait=False)
        response = await self.http.post(url, json={"phone": phone, "text": text})
        if response.is_client_error and response.status_code not in _GATEWAY_WAITS:
            return Closed(Way.SMS, f"the gateway refuses it with {response.status_code}")
        response.raise_for_status()
        return Sent(Way.SMS)
