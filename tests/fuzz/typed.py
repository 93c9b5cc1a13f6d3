"""Fuzzes what people type: names, numbers, phones, codes and commands are read or refused, and have one form.

python -m tests.fuzz.typed -max_total_time=20
"""

from __future__ import annotations

import sys
from datetime import date

import atheris

with atheris.instrument_imports(include=["bot.dialogs.typed", "bot.dialogs.commands", "scoring.identity"]):
    from bot.dialogs.commands import command, intent
    from bot.dialogs.typed import choice, holds_id_number, number, plain
    from scoring.identity import (
        InvalidIdentityError,
        normal_id_number,
        normal_name,
        normal_phone,
        parse_code,
        parse_id_number,
        parse_name,
        parse_phone,
    )
    from scoring.identity.text import plain_text, visible

ON = date(2026, 11, 23)
PARSERS = (parse_name, parse_phone, parse_code, lambda text: parse_id_number(text, on=ON))
FORMS = (normal_name, normal_id_number, normal_phone, plain_text, plain, visible)


def one_input(data: bytes) -> None:
    """Any text, as a client's form or a chat sends it."""
    text = data.decode("utf-8", "replace")
    for parse in PARSERS:
        try:
            read = parse(text)
        except InvalidIdentityError:
            continue
        assert parse(read) == read
    for form in FORMS:
        assert form(form(text)) == form(text)
    chosen = number(text)
    assert chosen is None or 0 <= chosen <= 999
    assert choice(text) == (plain(text) if chosen is None else str(chosen))
    found = command(text)
    assert found is None or not found.argument or int(found.argument) <= 999
    intent(text)
    holds_id_number(text)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
