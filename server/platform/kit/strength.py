"""How hard a secret is to guess: a rule of thumb that finds words, rows of keys, sequences and repetitions.

Each part that would be guessed as a whole counts as one character; what is left counts with the variety of its
characters. A random secret of sixteen letters and digits has some 55 bits by this rule, `password12345678` has 8.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import re
from collections.abc import Sequence

SHORTEST = 16
_LEAST_BYTES = 24
_FEWEST_CHARACTERS = 8
_LEAST_BITS = 40.0
_REPEATED = 4
"""So many characters that were there before are a repetition."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!@#$%^&*()")
_PAIRS = frozenset(pair for row in _ROWS for one in (row, row[::-1]) for pair in itertools.pairwise(one))
_LEET = str.maketrans("@4301!57$", "aaeoiists")
_WORDS = (
    *("password", "passwort", "passwd", "passphrase", "secret", "changeme", "changeit", "change", "default", "example"),
    *("placeholder", "replace", "insert", "random", "string", "please", "letmein", "welcome", "iloveyou", "dragon"),
    *("monkey", "football", "sunshine", "princess", "trustno", "correct", "horse", "battery", "staple", "hunter"),
    *("admin", "administrator", "root", "user", "guest", "test", "demo", "sample", "todo", "foobar", "lorem", "ipsum"),
    *("token", "index", "master", "private", "public", "key", "wechat", "weixin", "mongodb", "mongo", "oidc", "desk"),
    *(
        "egret",
        "credit",
        "score",
        "city",
        "long",
        "enough",
        "strong",
        "production",
    ),
    *("mima", "woaini", "zhongguo", "beijing", "shanghai", "qwerty", "asdf", "abc", "your", "this", "the"),
)
_KNOWN = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_WORD = "\0"
_ANY_WORD = "city"


def is_weak(secret: str, words: Sequence[str] = ()) -> bool:
    """Whether it might be guessed; `words` are those that everybody tries here, such as the names of the place."""
    few = len(secret) < SHORTEST or len(set(secret)) < _FEWEST_CHARACTERS
    if words:
        secret = re.sub("|".join(map(re.escape, words)), _ANY_WORD, secret, flags=re.IGNORECASE)
    return few or bits_of(secret) < _LEAST_BITS


def bits_of(secret: str) -> float:
    """About how many bits a guesser would need."""
    return _surprises(_without_words(secret.casefold())) * math.log2(max(2, len(set(secret))))


def _without_words(text: str) -> str:
    """The text with one mark for each word that everybody tries, also where figures stand for letters."""
    parts, end = [], 0
    for found in _KNOWN.finditer(text.translate(_LEET)):
        parts += [text[end : found.start()], _WORD]
        end = found.end()
    return "".join((*parts, text[end:]))


def _surprises(text: str) -> int:
    """How many of its characters do not follow from those before."""
    count, place = 0, 0
    while place < len(text):
        repeated = _repeated(text, place)
        if repeated:
            count += 1
            place += repeated
            continue
        count += not (_follows(text, place) and (_follows(text, place - 1) or _follows(text, place + 1)))
        place += 1
    return count


def _repeated(text: str, place: int) -> int:
    """For how many characters the text goes on as it did somewhere before; 0 where that is too short to count."""
    length = 0
    while place + length < len(text) and text.find(text[place : place + length + 1], 0, place + length) >= 0:
        length += 1
    return length if length >= _REPEATED else 0


def _follows(text: str, place: int) -> bool:
    """Whether a character is the same as the last, its neighbour, or the next of a row or of even steps.

    A single pair of such is chance; three in a row are not.
    """
    if not 0 < place < len(text):
        return False
    step = ord(text[place]) - ord(text[place - 1])
    if abs(step) <= 1 or (text[place - 1], text[place]) in _PAIRS:
        return True
    return place > 1 and step == ord(text[place - 1]) - ord(text[place - 2])


def is_signing_secret(text: str) -> bool:
    """Whether a text is a secret as Standard Webhooks writes it: `whsec_` and at least 24 bytes in base64."""
    prefix, _, encoded = text.partition("_")
    try:
        return prefix == "whsec" and len(base64.b64decode(encoded, validate=True)) >= _LEAST_BYTES
    except binascii.Error:
        return False
