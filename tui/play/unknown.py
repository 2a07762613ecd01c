"""What to do with characters that a checkpoint has never seen: leave them out, or put like ones."""

from __future__ import annotations

import unicodedata

from ttgpt.engine.data.tokenizer import Tokenizer

_LIKE = {
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{NO-BREAK SPACE}": " ",
    "\t": " ",
    '"': "'",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
    "œ": "oe",
}


def dropped(text: str, tokenizer: Tokenizer) -> str:
    """Give the text without what is unknown."""
    missing = set(tokenizer.unknown(text))
    return "".join(character for place, character in enumerate(text) if place not in missing)


def replaced(text: str, tokenizer: Tokenizer) -> str:
    """Give the text with like characters put for unknown ones; what has no like is left out.

    Like are: the letter without its accent, the plain quotation mark or dash, the other case.
    """
    missing = set(tokenizer.unknown(text))
    return "".join(
        _like(character, tokenizer) if place in missing else character
        for place, character in enumerate(text)
    )


def _like(character: str, tokenizer: Tokenizer) -> str:
    plain = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)
    )
    mapped = _LIKE.get(character, "")
    mapped_again = "".join(_LIKE.get(part, part) for part in mapped)
    for tried in (mapped, mapped_again, plain, character.swapcase(), plain.swapcase()):
        if tried and not tokenizer.unknown(tried):
            return tried
    return ""
