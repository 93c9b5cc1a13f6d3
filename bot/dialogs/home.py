"""Following the account: the promise, and where to start."""

from __future__ import annotations

from bot.dialogs.flow import Ask, Remembered, Show, Talk


def show_welcome(talk: Talk[Remembered], scene: str | None = None) -> Show:
    """Voluntary, only rewards, leave any time; and what it is good for where the code was scanned."""
    data = yield Ask("Home")
    name = talk.local(data["scheme"]["name"])
    if data["me"] is not None:
        talk.offer("home.welcome_back", "score", "benefits", "help", name=name, person=data["me"]["maskedName"])
    else:
        talk.offer("home.welcome", "bind", "help", name=name)
    for one in data["scheme"]["scenes"]:
        if one["code"] == scene:
            talk.say_text(talk.local(one["text"]))
    return None
