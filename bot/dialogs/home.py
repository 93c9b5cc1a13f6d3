"""Following the account: the promise, and where to start."""

from __future__ import annotations

from bot.dialogs.flow import Ask, Show, Talk


def show_welcome(talk: Talk) -> Show:
    """Voluntary, only rewards, leave any time."""
    data = yield Ask("Home")
    name = talk.local(data["scheme"]["version"]["name"])
    if data["me"] is not None:
        talk.say("home.welcome_back", name=name, person=data["me"]["maskedName"])
    else:
        talk.say("home.welcome", name=name)
    return None
