"""Synthetic residents: names, ID numbers and phones that belong to no person."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from scoring.identity import Identity, check_character
from scoring.rounding import ends_in_zeros

_NAMES = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
_GIVEN = [(int(year), names.split()) for year, names in _NAMES["given"].items()]

READY = (
    ("陈小萤", "1990-01-01", "13900005678"),
    ("林一帆", "1998-06-15", "13900001234"),
    ("吴若水", "1985-03-08", "13900009012"),
)
"""Three people to try: one with history and a parking penalty, a newcomer, one with a notice."""


def id_number(region: str, born: date, sequence: int) -> str:
    """A made-up ID number with a correct check character."""
    first = f"{region}{born:%Y%m%d}{sequence:03d}"
    return first + check_character(first)


def ready_people(region: str) -> list[Identity]:
    """The three people that the demo prints."""
    return [Identity(name, id_number(region, date.fromisoformat(born), 1), phone) for name, born, phone in READY]


def developer_openid(place: int) -> str:
    """The mini-program account of the n-th resident who takes part: bound already, for developers to log in with."""
    return f"dev-{place}"


def colleague(region: str, n: int) -> str:
    """The ID number of the n-th person at the desk: four people, none of them a resident."""
    return id_number(region, date(1980, 1, 1) + timedelta(days=n), 0)


def residents(region: str, count: int, random: Random, today: date) -> Iterator[Identity]:
    """The ready-made people, then others, all adults and all different."""
    ready = ready_people(region)[:count]
    yield from ready
    taken = {p.id_number for p in ready}
    youngest = today - timedelta(days=19 * 366)
    while len(taken) < count:
        born = youngest - timedelta(days=random.randrange(60 * 365))
        number = id_number(region, born, random.randrange(2, 1000))
        if number in taken or ends_in_zeros(number):  # as one that a spreadsheet rounded
            continue
        taken.add(number)
        given = random.choice(next(names for until, names in _GIVEN if born.year < until))
        phone = f"1{random.choice('3589')}{random.randrange(10**9):09d}"
        yield Identity(random.choice(_NAMES["family"]) + given, number, phone)
