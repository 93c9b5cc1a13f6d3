"""Own words and photos, as a dispute and an answer to a question have them: in the chat, or on a page behind it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from pydantic import Field

from bot.dialogs.choices import Choices, choices
from bot.dialogs.flow import (
    Again,
    Ask,
    Data,
    End,
    Flow,
    Go,
    Hear,
    Remembered,
    Show,
    Shown,
    Stay,
    Talk,
    change,
    is_refusal,
)
from bot.dialogs.typed import confirms, plain, visible

KEPT = frozenset({"photos", "box", "boxes", "about", "elsewhere"})
"""What going a step back does not lose."""
_BOXES = 10
YES = (
    *("确认", "提交", "确认提交", "确定", "对", "对的", "是", "是的", "好", "好的", "没问题"),
    *("confirm", "submit", "yes", "y", "ok", "okay", "right", "sure", "that is right", "that's right"),
)
"""Words that confirm, where a confirmation is asked."""
DONE = ("下一步", "提交", "发完了", "好了", "没有", "没有了", "没有照片", "next", "submit", "done", "no")
"""Words that end the photos."""


TO_FILE = choices("file", "change", "cancel")
TO_WITHDRAW = choices("withdraw", "cancel")
"""What a confirmation can be answered with."""


class Wording(Remembered):
    """Someone's own words."""

    words: str = ""


class Sent(Remembered):
    """Photos of something else that was chosen before, should it be chosen again."""

    photos: list[str] = Field(default_factory=list)
    boxes: list[str] = Field(default_factory=list)


class Evidence(Wording):
    """And their photos, by id: those sent here, and the boxes of the pages that took files, the newest apart."""

    photos: list[str] = Field(default_factory=list)
    box: str | None = None
    boxes: list[str] = Field(default_factory=list)
    already: int = 0
    """How many photos the dispute has from before."""
    about: str = ""
    """The record or the dispute that the photos are about."""
    elsewhere: dict[str, Sent] = Field(default_factory=dict)


def choose_evidence(data: Evidence, about: str) -> None:
    """Go on with the photos of what is chosen now; those of anything else stay with that.

    Those that were sent before anything was chosen belong to what is chosen first.
    """
    if data.about == about:
        return
    others = dict(data.elsewhere)
    early = [] if data.about else data.photos
    if data.about:
        others[data.about] = Sent(photos=data.photos, boxes=_boxes(data))
    sent = others.pop(about, Sent())
    photos = [*early, *sent.photos]
    data.about, data.photos, data.boxes, data.box, data.elsewhere = about, photos, sent.boxes, None, others


def limits() -> Generator[Ask, Data, Data]:
    """How many characters and how many photos a dispute may have: `mostCharacters` and `mostPhotos`."""
    found: Data = (yield Ask("DisputeLimits"))["disputeLimits"]
    return found


def hear_words(talk: Talk[Wording], said: str) -> Generator[Ask, Data, bool]:
    """Keep the words, or say what is wrong with them."""
    words = said.strip()
    if len(visible(words).strip()) < 2 or plain(words) in (*YES, *DONE):
        talk.say("dispute.words_short")
        return False
    most = (yield from limits())["mostCharacters"]
    if len(words) > most:
        talk.say("dispute.words_long", most=most, length=len(words))
        return False
    talk.data.words = words
    return True


def show_photos(talk: Talk[Evidence]) -> Show:
    """Ask for photos."""
    talk.say("dispute.ask_photos", most=(yield from limits())["mostPhotos"])
    yield from offer_page(talk)
    return None


def offer_page(talk: Talk[Evidence]) -> Generator[Ask, Data, None]:
    """Offer a page for files, each time one of its own, of which the last ten are remembered."""
    opened = yield from change("OpenEvidenceForm")
    if not is_refusal(opened):
        form = opened["form"]
        talk.data.boxes = _boxes(talk.data)[1 - _BOXES :]
        talk.data.box = form["box"]
        talk.say("dispute.evidence_page", url=form["url"])


def see_photo(talk: Talk[Evidence], photo: str) -> Hear:
    """Keep a photo, where photos are asked for."""
    most = (yield from limits())["mostPhotos"]
    if talk.data.already + len(talk.data.photos) >= most:
        talk.say("dispute.photos_enough", most=most)
        return Stay()
    if not (yield from _keep_photo(talk, photo)):
        return Again()
    talk.say("dispute.photo_kept", count=len(talk.data.photos))
    return Stay()


def photo_at(step: str, kept: str = "dispute.photo_kept_here") -> Callable[[Talk[Any], str], Hear]:
    """What a step makes of a photo that asks for something else: it is kept, and the question comes again."""

    def see(talk: Talk[Evidence], photo: str) -> Hear:
        most = (yield from limits())["mostPhotos"]
        if talk.data.already + len(talk.data.photos) >= most:
            talk.say("dispute.photos_full", most=most)
        elif (yield from _keep_photo(talk, photo)):
            talk.say(kept, count=len(talk.data.photos))
        return Go(step)

    return see


def _keep_photo(talk: Talk[Evidence], photo: str) -> Generator[Ask, Data, bool]:
    """Whether a photo is kept; if not, why is said."""
    kept = yield from change("KeepPhoto", mediaId=photo)
    if talk.refused(kept):
        return False
    talk.data.photos = [*talk.data.photos, kept["evidence"]["id"]]
    return True


def photos_done(talk: Talk[Evidence], said: str) -> Generator[Ask, Data, bool]:
    """Whether that was all; then what was put on the pages comes along."""
    if not confirms(said, DONE):
        talk.say("dispute.photos_unclear")
        return False
    yield from collect_photos(talk)
    return True


def collect_photos(talk: Talk[Evidence]) -> Generator[Ask, Data, bool]:
    """Take along what was put on the pages meanwhile; False where it was too much, which is told."""
    found = dict.fromkeys(talk.data.photos)
    for box in _boxes(talk.data):
        boxed = (yield Ask("BoxedEvidence", {"box": box}))["boxedEvidence"]["edges"]
        found |= dict.fromkeys(edge["node"]["id"] for edge in boxed)
    most = (yield from limits())["mostPhotos"]
    room: int = most - talk.data.already
    talk.data.photos = list(found)[:room]
    if len(found) > room:
        talk.say("dispute.photos_left_out", most=most, count=len(found) - room)
    return len(found) <= room


def hear_own_words(talk: Talk[Evidence], said: str) -> Hear:
    """The words, and then the photos."""
    return Go("photos") if (yield from hear_words(talk, said)) else Again()


def hear_photos(talk: Talk[Evidence], said: str) -> Hear:
    """That those were all; then the whole of it once more."""
    return Go("confirm") if (yield from photos_done(talk, said)) else Again()


def when_confirmed(send: Callable[[Talk[Any]], Generator[Ask, Data, End]]) -> Callable[[Talk[Any], str], Hear]:
    """What hears a confirmation, and only then sends."""

    def hear(talk: Talk[Any], said: str) -> Hear:
        if not confirms(said, YES):
            talk.say("home.choose_one")
            return Again()
        return (yield from send(talk))

    return hear


def add_evidence(
    flow: Flow[Any],
    show_words: Callable[[Talk[Any]], Show | Shown],
    show_confirm: Callable[[Talk[Any]], Show | Shown],
    send: Callable[[Talk[Any]], Generator[Ask, Data, End]],
    choices: Choices = TO_FILE,
) -> None:
    """The last three steps of a flow: own words, photos, and the whole of it to be confirmed."""
    flow.step("words", show_words, hear_own_words, photo_at("words"), free=True)
    flow.step("photos", show_photos, hear_photos, see_photo)
    add_confirmation(flow, show_confirm, send, choices)


def add_confirmation(
    flow: Flow[Any],
    show: Callable[[Talk[Any]], Show | Shown],
    send: Callable[[Talk[Any]], Generator[Ask, Data, End]],
    choices: Choices = TO_FILE,
) -> None:
    """The whole of it to be confirmed; a photo that comes late is added."""
    see = photo_at("confirm", "dispute.photo_added")
    flow.step("confirm", show, when_confirmed(send), see, choices=choices)


def _boxes(data: Evidence) -> list[str]:
    """All boxes, the newest last."""
    return [*data.boxes, *([] if data.box is None else [data.box])]
