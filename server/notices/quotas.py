"""The quotas of the account and of the gateway, counted for every process together, with a rest for what is urgent."""

from __future__ import annotations

from datetime import datetime, timedelta

from schema.types.errors import Refused
from server.notices.model import Way
from server.platform.core.outbox import WaitingError
from server.platform.core.throttle import Throttle
from server.platform.kit.clock import SHANGHAI, Clock
from server.settings import Settings

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_FOR_ALL = 0.8
"""What may wait uses this part of a quota, so that the rest is there for what may not."""


class UsedUpError(WaitingError):
    """A way's quota is used up until the next minute, or day, begins; the quota of what may wait, or of everything."""

    def __init__(self, contact: str | None, until: datetime, *, of_the_day: bool, may_wait: bool) -> None:
        """`contact` is who may open another way by writing."""
        super().__init__(contact, until)
        self.until = until
        self.of_the_day = of_the_day
        self.may_wait = may_wait


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

    async def spend(self, way: Way, *, may_wait: bool, contact: str | None = None) -> None:
        """Count one message before it is sent. Raises UsedUpError; `contact` is who may open another way by writing."""
        if way not in self._most:
            return
        most, period = self._most[way]
        now = self._clock().astimezone(SHANGHAI)
        begin = now.replace(second=0, microsecond=0)
        if period == _DAY:
            begin = begin.replace(hour=0, minute=0)
        key = f"notices by {way.value}: {begin.isoformat()}"
        try:
            await self._throttle.claim(key, int(most * _FOR_ALL) if may_wait else most, period)
        except Refused as used_up:
            of_the_day = period == _DAY
            raise UsedUpError(contact, begin + period, of_the_day=of_the_day, may_wait=may_wait) from used_up
