"""Own words and photos, as a dispute and an answer to a question have them: in the chat, or on a page behind it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from pydantic import Field

from bot.dialogs.flow import Again, Ask, Data, Go, Hear, Remembered, Show, Stay, Talk, change, is_refusal
from bot.dialogs.typed import confirms, plain, visible

KEPT = frozenset({"photos", "box", "boxes", "about", "elsewhere"})
"""What going a step back does not lose."""
_BOXES = 10
YES = ("确认", "提交", "confirm", "submit", "yes")
_DONE = ("提交", "没有", "没有了", "submit", "done", "no")


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
    if len(visible(words).strip()) < 2 or plain(words) in (*YES, *_DONE):
        talk.say("dispute.words_short")
        return False
    most = (yield from limits())["mostCharacters"]
    if len(words) > most:
        talk.say("dispute.words_long", most=most, length=len(words))
        return False
    talk.data.words = words
    return True


def show_photos(talk: Talk[Evidence]) -> Show:
    """Ask for photos; each time with a page of its own, of which the last ten are remembered."""
    talk.say("dispute.ask_photos", most=(yield from limits())["mostPhotos"])
    opened = yield from change("OpenEvidenceForm")
    if not is_refusal(opened):
        form = opened["form"]
        talk.data.boxes = _boxes(talk.data)[1 - _BOXES :]
        talk.data.box = form["box"]
        talk.say_text(talk.words("dispute.evidence_page", url=form["url"]))
    return None


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
    """Whether that was all. What was put on the pages meanwhile comes along; what is too much is told."""
    if not confirms(said, _DONE):
        talk.say("dispute.photos_unclear")
        return False
    found = dict.fromkeys(talk.data.photos)
    for box in _boxes(talk.data):
        boxed = (yield Ask("BoxedEvidence", {"box": box}))["boxedEvidence"]["edges"]
        found |= dict.fromkeys(edge["node"]["id"] for edge in boxed)
    most = (yield from limits())["mostPhotos"]
    room = most - talk.data.already
    talk.data.photos = list(found)[:room]
    if len(found) > room:
        talk.say("dispute.photos_left_out", most=most, count=len(found) - room)
    return True


def _boxes(data: Evidence) -> list[str]:
    """All boxes, the newest last."""
    return [*data.boxes, *([] if data.box is None else [data.box])]
