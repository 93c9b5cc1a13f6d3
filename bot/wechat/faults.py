"""What WeChat answers when it refuses a call, and what that means for us.

Source: Tencent's list of global return codes.
"""

from __future__ import annotations

import re

_MOST_SAID = 200
_PERSONAL = re.compile(r"[^\x00-\x7f]+|[\w-]{26,}|\d{9,}|\bvalue\b.*|=.*")
"""Words that are not English, openids and tokens, long numbers, and whatever is quoted."""
BUSY = -1
NO_MENU = 46003
TOKEN_FAULTS = frozenset({40001, 40014, 42001})
_UNTIL_WRITTEN = frozenset({45015, 45047})
_CLOSED = _UNTIL_WRITTEN | frozenset({48001, 48002, 48004, 48008, 50002, 50005})
_NO_CONSENT = 43101
_PASSING = frozenset({BUSY, 45009, 45011})
RISKY = 40226
_LOGIN = frozenset({40029, 40163, 41008, 42003, RISKY})
_FINAL = frozenset({40003, 40007, 40029, 40037, 40163, 43004, 43019, 45001, 45002, 45008})

MEANINGS = {
    BUSY: "the platform is busy; tried again later",
    40001: "the access token or AppSecret is wrong",
    40003: "no such openid of this account",
    40007: "no such media, or older than three days",
    40013: "the AppID is wrong; check EGRET_WECHAT_APP_ID and EGRET_MINIAPP_APP_ID",
    40014: "the access token is wrong",
    40029: "the login code is wrong or too old",
    40037: "no such template; check EGRET_WECHAT_TEMPLATES",
    40125: "the AppSecret is wrong; check EGRET_WECHAT_APP_SECRET",
    40163: "the login code was used already",
    40164: "this server's address is not on the account's IP allow-list",
    RISKY: "the platform blocks this person's login as a risk",
    41008: "the login code is missing",
    42001: "the access token is too old",
    42003: "the login code is too old",
    43004: "the person does not follow the account",
    43019: "the person is on the account's black list",
    _NO_CONSENT: "the person has not allowed another subscription notice",
    45001: "the media file is too large",
    45002: "the text is too long",
    45008: "too many articles in a news message",
    45009: "the day's quota of this call is used up",
    45011: "too many calls this minute",
    45015: "the person must write first: the reply window is closed, or they no longer follow",
    45047: "the person must write first: the messages of the reply window are used up",
    46003: "there is no menu",
    48001: "the account may not use this call; check its verification",
    48002: "the person refuses messages of the account",
    48004: "the platform has blocked this call of the account; see mp.weixin.qq.com",
    48008: "the account may not send messages of this type",
    50002: "the person's account is restricted",
    50005: "the person does not follow the account",
}


def _words(said: object) -> str:
    """The platform's own words, short and on one line, without what may be an openid, a number or a person's words."""
    if not isinstance(said, str):
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in said[:_MOST_SAID]).split())
    return _PERSONAL.sub("…", line)


class WeChatApiError(Exception):
    """The platform refused a call; `code` is WeChat's errcode."""

    def __init__(self, code: int, said: object = None) -> None:
        """`said` is the platform's `errmsg`."""
        words = _words(said)
        self.meaning = MEANINGS.get(code, "not documented")
        super().__init__(f"WeChat errcode {code}: {self.meaning}{f' ({words})' if words else ''}")
        self.code = code

    @property
    def needs_consent(self) -> bool:
        """Whether the person has not allowed another subscription message."""
        return self.code == _NO_CONSENT

    @property
    def is_final(self) -> bool:
        """Whether sending the same again cannot help."""
        return self.code in _FINAL

    @property
    def is_closed(self) -> bool:
        """Whether nothing may be sent this way now: its window is closed or used up, or account or person may not."""
        return self.code in _CLOSED

    @property
    def needs_person(self) -> bool:
        """Whether the way opens again when the person writes."""
        return self.code in _UNTIL_WRITTEN

    @property
    def is_passing(self) -> bool:
        """Whether the same may be taken in a few minutes."""
        return self.code in _PASSING

    @property
    def is_login(self) -> bool:
        """Whether a login is refused for its code or its person, and not for what is ours or the platform's."""
        return self.code in _LOGIN
