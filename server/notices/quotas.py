"""The quotas of the account and of the gateway, counted for every process together, with a rest for what is urgent."""

from __future__ import annotations

from datetime import timedelta

from schema.types.errors import Refused
from server.notices.model import Way
from server.platform.core.outbox import WaitingError
from server.platform.core.throttle import Throttle
from server.platform.kit.clock import SHANGHAI, Clock
from server.settings import Settings

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_FOR_ALL = 0.8
"""What may wait uses this part of a quota, so that the rest is there for what may not."""


class Quotas:
    """Counts what is sent by a way: templates a day, customer-service messages and text messages a minute."""

    def __init__(self, throttle: Throttle, clock: Clock, settings: Settings) -> None:
        self._throttle = throttle
        self._clock = clock
        self._most = {
            Way.CHAT: (settings.wechat_messages_a_minute, _MINUTE),
            Way.TEMPLATE: (settings.wechat_templates_a_day, _DAY),
            Way.SMS: (settings.sms_a_minute, _MINUTE),
        }

    async def spend(self, way: Way, *, may_wait: bool) -> None:
        """Count one message before it is sent. Raises WaitingError until the next minute, or day, begins."""
        if way not in self._most:
            return
        most, period = self._most[way]
        now = self._clock().astimezone(SHANGHAI)
        begin = now.replace(second=0, microsecond=0)
        if period == _DAY:
            begin = begin.replace(hour=0, minute=0)
        key = f"notices by {way.value}: {begin.isoformat()}"
        try:
            if may_wait:
                await self._throttle.check(key, int(most * _FOR_ALL))
            await self._throttle.spend(key, most, period)
        except Refused as used_up:
            raise WaitingError(None, begin + period - now) from used_up
