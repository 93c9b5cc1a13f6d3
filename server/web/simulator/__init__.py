"""`/simulator`: a chat window that is the WeChat platform to the bot (demo and tests only).

`platform` is the platform's half, which tests also use without a page; `api` answers the calls
that the bot makes; `pages` is the phone and what its script calls.
"""

from server.web.simulator.pages import ROUTES
from server.web.simulator.platform import Phone, Platform

__all__ = ["ROUTES", "Phone", "Platform"]
