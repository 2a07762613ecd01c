"""Bytes to text: UTF-8 as it stands, other encodings turned into it, the rest refused by name."""

from __future__ import annotations

import codecs
import contextlib
import json
from collections.abc import Iterator

from ..errors import DataError
from .binary import SNIFFED, binary_kind, guess_wide

BLOCK = 1 << 20
"""Bytes decoded at a time: a str may take four times the room of its bytes."""


def without_mark(raw: bytes) -> memoryview:
    """Give the bytes without a UTF-8 byte order mark, which is no part of the text."""
    return memoryview(raw)[3 if raw.startswith(codecs.BOM_UTF8) else 0 :]


def check_is_text(raw: bytes, origin: str, encoding: str) -> None:
    """Refuse what is empty, binary, or plainly in another encoding.

    Raises:
        DataError: It is; says how to go on.
    """
    if not raw:
        raise empty(origin)
    head = raw[:SNIFFED]
    is_wide = encoding.startswith("utf-16")
    guess = guess_wide(head)
    if guess and (not is_wide or guess.startswith("utf-32")):
        raise _looks_wide(raw, origin, guess)
    kind = "" if is_wide else binary_kind(head) or ("binary" if b"\0" in raw else "")
    if kind:
        place = raw.find(b"\0")
        where = f"byte 0x00 at offset {place:,}" if place >= 0 else "its first bytes say so"
        raise _binary(origin, kind, where)


def empty(origin: str) -> DataError:
    """Say that there is nothing in a text."""
    return DataError(f"{origin} is empty.", "A text is needed.", "Choose a file with text in it.")


def _binary(origin: str, kind: str, where: str) -> DataError:
    return DataError(
        f"{origin} is not a text: it is {kind} ({where}).",
        "A plain text file is needed.",
        "Choose another file, or take the text out of this one first.",
    )


def without_halves(raw: bytes) -> bytes:
    """Leave out the parts of characters in which a text in UTF-8 begins and ends.

    That is what a tool leaves that cuts a file after so many bytes. The rest must be UTF-8 and show
    it: one such byte beside ASCII alone may as well be a letter in another encoding.
    """
    begin = next((n for n in range(4) if raw[n : n + 1] and raw[n] & 0xC0 != 0x80), 0)
    end = len(raw) - _unfinished(raw[-3:])
    if (begin, end) == (0, len(raw)):
        return raw
    whole = raw[begin:end]
    is_sure = is_utf8(whole) or (begin == 0 and len(raw) - end > 1 and whole.isascii())
    return whole if whole and is_sure else raw


def _unfinished(end: bytes) -> int:
    """Count the bytes at the end that begin a character in UTF-8, and are not all of it."""
    for start in range(len(end)):
        decoder = codecs.getincrementaldecoder("utf-8")()
        with contextlib.suppress(UnicodeDecodeError):
            if not decoder.decode(end[start:]):
                return len(end) - start
    return 0


def decoded(raw: bytes, origin: str, encoding: str) -> Iterator[str]:
    """Decode bytes a block at a time.

    Raises:
        DataError: A byte does not belong to the encoding, or U+0000 is in the text; says where.
    """
    view = without_mark(raw) if encoding == "utf-8" else memoryview(raw)
    decoder = codecs.getincrementaldecoder(encoding)()
    characters = 0
    for start in range(0, len(view), BLOCK):
        held = len(decoder.getstate()[0])
        try:
            part = decoder.decode(bytes(view[start : start + BLOCK]), start + BLOCK >= len(view))
        except UnicodeDecodeError as error:
            before = len(raw) - len(view) + start - held
            raise not_in_encoding(raw, before + error.start, origin, encoding) from error
        if "\0" in part:
            place = characters + part.index("\0") + 1
            raise _binary(origin, "binary", f"U+0000 is its character {place:,}")
        characters += len(part)
        yield part


def is_utf8(raw: bytes) -> bool:
    """Say whether bytes beyond ASCII are in a text, and all of them are UTF-8."""
    if raw.isascii():
        return False
    try:
        for _ in decoded(raw, "", "utf-8"):
            pass
    except DataError:
        return False
    return True


def not_in_encoding(raw: bytes, offset: int, origin: str, encoding: str) -> DataError:
    """Say which byte is not of the encoding, what it may be instead, and how to have it read."""
    what = f"{origin} is not in {encoding.upper()}: byte 0x{raw[offset]:02X} at offset {offset:,}."
    left = len(raw) - offset
    if encoding.startswith("utf-16") and left < 4:
        return DataError(
            what,
            f"The text is cut inside its last character, of which {left} are left.",
            f"Cut them off: head -c -{left} FILE > NEW",
        )
    if encoding != "utf-8":
        return DataError(
            what, "It is in another encoding, or damaged there.", "Try another --encoding."
        )
    if is_utf8(bytes(without_mark(raw[:offset]))):
        return DataError(
            what,
            "What stands before it is UTF-8: the text is damaged there.",
            "Mend that place, or leave such bytes out: iconv -c -f UTF-8 -t UTF-8 FILE > NEW",
        )
    guess, name = ("latin-1", "Latin-1") if not _has_c1(raw) else ("cp1252", "Windows-1252")
    cut = ""
    if offset == 0 or left == _unfinished(raw[-3:]):
        cut = ", a text in UTF-8 that was cut inside a character"
    return DataError(
        what,
        f"It may be {name}{cut}, or a file that is damaged there.",
        f"Read it so: --encoding {guess}. Or convert it: "
        f"iconv -f {guess.upper().replace('-', '')} -t UTF-8 FILE > NEW"
        + (". Or leave the byte out: iconv -c -f UTF-8 -t UTF-8 FILE > NEW" if cut else ""),
    )


def records(parts: Iterator[str], field: str, origin: str) -> Iterator[str]:
    """Give the text of each line's JSON object, with a blank line between two.

    Raises:
        DataError: A line is not an object with such a text.
    """
    is_first = True
    for number, line in enumerate(_lines(parts), start=1):
        if line.strip():
            yield ("" if is_first else "\n\n") + _field(line, number, field, origin)
            is_first = False


def _lines(parts: Iterator[str]) -> Iterator[str]:
    # Not str.splitlines: a JSON string may hold U+2028 as it is.
    rest = ""
    for part in parts:
        *lines, rest = (rest + part).split("\n")
        yield from lines
    yield rest


def _field(line: str, number: int, field: str, origin: str) -> str:
    where = f"Line {number:,} of {origin}"
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{where} is not JSON.",
            f"Each line must be an object with a field {field!r}: {error}.",
            "Mend that line, or rename the file to .txt to take it as it is.",
        ) from error
    if not isinstance(value, dict) or field not in value:
        names = [str(name) for name in value] if isinstance(value, dict) else []
        raise DataError(
            f"{where} has no field {field!r}.",
            f"Its fields: {', '.join(names[:8])}." if names else "It is not an object.",
            "Say which field holds the text: --text-field NAME.",
        )
    text = value[field]
    trouble = f"It is {type(text).__name__}." if not isinstance(text, str) else _trouble(text)
    if trouble:
        raise DataError(
            f"{where}: its field {field!r} is not a text.",
            trouble,
            "Choose another field: --text-field NAME. Or mend the line.",
        )
    return str(text)


def _trouble(text: str) -> str:
    if "\0" in text:
        return "It holds U+0000."
    return "Half a character." if any("\ud800" <= one <= "\udfff" for one in text) else ""


def _looks_wide(raw: bytes, origin: str, guess: str) -> DataError:
    family, has_mark = guess.upper()[:6], len(guess) == len("utf-16")
    offset = 0 if has_mark else raw.index(0)
    which = "with a byte order mark" if has_mark else f"without a mark ({guess[-2:].upper()})"
    read_so = (
        f"Read it so: --encoding {guess}. Or convert it" if family == "UTF-16" else "Convert it"
    )
    return DataError(
        f"{origin} is not in UTF-8: byte 0x{raw[offset]:02X} at offset {offset:,}.",
        f"It looks like {family} {which}.",
        f"{read_so}: iconv -f {family + guess[6:].upper().replace('-', '')} -t UTF-8 FILE > NEW",
    )


def _has_c1(raw: bytes) -> bool:
    # Bytes 0x80 to 0x9F are letters and quotes in Windows-1252, control characters in Latin-1.
    return len(raw.translate(None, bytes(range(0x80, 0xA0)))) < len(raw)
