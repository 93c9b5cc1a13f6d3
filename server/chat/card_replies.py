"""Pictures in the chat: which reply gets one, and what stands behind its address.

The address holds, encrypted, whose card or which pass it is; the card itself is drawn when
a person looks, from what the API says at that moment.
"""

from __future__ import annotations

from datetime import timedelta

from bot.cards import pass_card, score_card, score_face
from bot.dialogs.flow import Data
from bot.wechat.replies import News
from schema.types.principal import Contact, Kind, Principal
from server.api.answer_cache import AnswerCache
from server.api.client import GraphQLClient
from server.chat.svg_renderer import SvgRenderer, find_font
from server.container import Container
from server.platform.core.admission import PICTURE_COST
from server.platform.crypto.signed_tokens import BadSignedTokenError

SCORE_LIFE = timedelta(hours=1)
PASS_LIFE = timedelta(minutes=10)
_DESCRIPTION_BYTES = 1500


class CardReplies:
    """Makes news replies, and paints what they point at."""

    def __init__(self, container: Container, answers: AnswerCache) -> None:
        self._container = container
        self._answers = answers
        self._painter = SvgRenderer(find_font(), container.sandbox)

    def address(self, picture: Data, contact: Contact, language: str) -> str | None:
        """Where a picture can be seen for a while; None where this machine cannot paint."""
        if not self._painter.can_paint:
            return None
        content = {**picture, "contact": contact.id, "language": language}
        life = PASS_LIFE if picture["kind"] == "pass" else SCORE_LIFE
        token, _ = self._container.signed_tokens.issue("picture", content, life)
        return token

    def news(self, text: str, token: str, page: str = "") -> News:
        """A news reply with the picture and the text next to it; a tap opens that page of the citizen's."""
        base = self._container.settings.base_url
        title, _, rest = text.partition("\n")
        description = rest.encode()[:_DESCRIPTION_BYTES].decode(errors="ignore")
        return News(title, description, f"{base}/h5/pictures/{token}", f"{base}/h5/{page}")

    async def png(self, token: str) -> bytes:
        """The picture behind an address.

        Raises:
            BadSignedTokenError: also after the person has left.
            Refused: TOO_MUCH.
            SandboxBusyError.
        """
        content = self._container.signed_tokens.read("picture", token)
        whose = Principal(Kind.ANONYMOUS, contact=Contact("wechat", content["contact"]))
        await self._container.admission.spend(whose, "", PICTURE_COST)
        if content["kind"] == "pass":
            svg = pass_card(content["benefit"], content["code"], content["until_words"])
        else:
            svg = await self.score_svg(Contact("wechat", content["contact"]), content["language"])
        return await self._painter.png(content["contact"], svg)

    async def score_svg(self, contact: Contact, language: str) -> str:
        """The score card of the citizen of a contact. Raises BadSignedTokenError where there is none."""
        me = (await GraphQLClient(self._container, self._answers, contact, "picture").answer("Score", {}))["me"]
        if me is None:
            raise BadSignedTokenError
        open_now = sum(edge["node"]["eligible"] for edge in me["benefits"]["edges"])
        return score_card(score_face(me["score"], open_now, language))
