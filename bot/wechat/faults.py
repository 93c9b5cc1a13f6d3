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
_PASSING = frozenset({BUSY, 43108, 45009, 45011})
RISKY = 40226
_LOGIN = frozenset({40029, 40163, 41008, 42003, RISKY})
_FINAL = frozenset(
    {
        40033,
        40036,
        40165,
        41030,
        43104,
        43107,
        43116,
        44004,
        45168,
        47003,
        50003,
        50007,
        40003,
        40007,
        40029,
        40037,
        40163,
        43004,
        43019,
        45001,
        45002,
        45008,
    }
)

MEANINGS = {
    BUSY: "the platform is busy; tried again later",
    40001: "the access token or AppSecret is wrong",
    40002: "the kind of token that was asked for is wrong",
    40003: "no such openid of this account",
    40007: "no such media, or older than three days",
    40013: "the AppID is wrong; check EGRET_WECHAT_APP_ID and EGRET_MINIAPP_APP_ID",
    40014: "the access token is wrong",
    40029: "the login code is wrong or too old",
    40033: "the text has characters that are not allowed",
    40036: "the length of the template id is wrong; check EGRET_WECHAT_TEMPLATES",
    40037: "no such template; check EGRET_WECHAT_TEMPLATES",
    40053: "the scene of the QR code is wrong",
    40054: "the address of a menu button is wrong",
    40055: "the domain of a menu button is not one of the account",
    40097: "an argument of the call is wrong",
    40125: "the AppSecret is wrong; check EGRET_WECHAT_APP_SECRET",
    40163: "the login code was used already",
    40164: "this server's address is not on the account's IP allow-list",
    40165: "the page of the mini-program is wrong",
    RISKY: "the platform blocks this person's login as a risk",
    40243: "the AppSecret is frozen; see mp.weixin.qq.com",
    41001: "the access token is missing",
    41002: "the AppID is missing",
    41004: "the AppSecret is missing",
    41006: "the media id is missing",
    41008: "the login code is missing",
    41028: "the form id of the message is wrong or too old",
    41030: "the page of the mini-program does not exist",
    42001: "the access token is too old",
    42002: "the refresh token is too old",
    42003: "the login code is too old",
    43002: "the call has to be a POST",
    43003: "the call has to go over HTTPS",
    43004: "the person does not follow the account",
    43019: "the person is on the account's black list",
    _NO_CONSENT: "the person has not allowed another subscription notice",
    43104: "the account may not send subscription notices",
    43107: "the platform has blocked subscription notices of the account; see mp.weixin.qq.com",
    43108: "several subscription notices went to this person in the same moment; tried again later",
    43116: "the platform has blocked this template; see mp.weixin.qq.com",
    44002: "the body of the call is empty",
    44004: "the text is empty",
    45001: "the media file is too large",
    45002: "the text is too long",
    45008: "too many articles in a news message",
    45009: "the day's quota of this call is used up",
    45011: "too many calls this minute",
    45015: "the person must write first: the reply window is closed, or they no longer follow",
    45047: "the person must write first: the messages of the reply window are used up",
    45168: "the message has words that the platform does not allow",
    46003: "there is no menu",
    46004: "no such person",
    47001: "the body of the call cannot be read",
    47003: "a value does not fit its field of the template; check EGRET_WECHAT_TEMPLATES",
    48001: "the account may not use this call; check its verification",
    48002: "the person refuses messages of the account",
    48003: "the owner of the account has not agreed to the terms of its group messages",
    48004: "the platform has blocked this call of the account; see mp.weixin.qq.com",
    48006: "the day's clearings of quotas are used up",
    48008: "the account may not send messages of this type",
    50001: "the person has not let the account use this call",
    50002: "the person's account is restricted",
    50003: "the service of the account has been suspended",
    50005: "the person does not follow the account",
    50007: "the account is frozen; see mp.weixin.qq.com",
    61023: "the refresh token is wrong",
    65301: "there is no such menu",
    89503: "this server's address waits for the owner of the account to confirm it",
    89506: "the owner of the account refused this server's address twice today",
    89507: "the owner of the account refused this server's address within the last hour",
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
