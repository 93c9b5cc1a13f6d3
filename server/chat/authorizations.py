"""What a person changes at the platform about what it tells us of them.

Source: Tencent's page on changes of authorization. Egret holds the account's name and, for a page, a sign-in: no
picture, no nickname, no phone from WeChat. A person who gives up the WeChat account is treated as one who stops
following (`ENDINGS` in `turn_handler.py`).
"""

from __future__ import annotations

from bot.wechat.messages import Message
from schema.types.principal import Contact
from server.chat.conversations import Conversations, MessageClaim
from server.container import Container

REVOKED, MODIFIED = "user_authorization_revoke", "user_info_modified"


async def heed_authorization(
    container: Container, conversations: Conversations, message: Message, at: MessageClaim
) -> None:
    """End what rests on an authorization; nothing for any other event.

    After a revocation the chat is emptied and every sign-in of the contact is over; the person goes on taking part, for
    leaving is theirs to say. After a change the pages ask WeChat again who is there. One that comes again, or after
    something that its person did later, does nothing.
    """
    if message.event not in (REVOKED, MODIFIED) or not await conversations.is_news(at):
        return
    if await container.contacts.get(at.contact) is not None:
        await container.enrolments.end_sign_ins(Contact("wechat", at.contact), forget=message.event == REVOKED)
        await conversations.heeded(at)
