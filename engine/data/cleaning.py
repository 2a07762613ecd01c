"""Steps that take out of a text what a model should not learn.

A text passes in segments, so that a long one needs little memory. A segment ends after a blank
line wherever there is one within a few million characters (see `segments`); a step keeps what it
must remember between two. A step that is off is not there, so that without any the text stays as
it is, byte for byte.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from .recipe import Cleaning

LONGEST_SEGMENT = 1 << 22
"""Characters. A paragraph longer than this is cleaned in parts."""
SEPARATOR = re.compile(r"\r?\n(?:[ \t\r]*\n)+")
"""What stands between two paragraphs: a line's end and at least one blank line."""


class Step(ABC):
    """One kind of cleaning, with a count of what it removed and the first place it changed."""

    name: str
    """The field in `Cleaning`."""
    unit: str
    """What is counted."""

    def __init__(self) -> None:
        self.removed = 0
        self.before = ""
        self.after = ""

    @abstractmethod
    def change(self, text: str) -> str:
        """Give the segment as it should be, and count."""

    def begin_file(self) -> None:  # noqa: B027 (most steps remember nothing)
        """Forget what was seen of another file."""

    def feed(self, text: str) -> str:
        """Change a segment, and keep the first change as a preview."""
        changed = self.change(text)
        if not self.before and changed != text:
            self.before, self.after = _excerpts(text, changed)
        return changed


class Gutenberg(Step):
    """Keeps what stands between the lines *** START OF … and *** END OF … of each book."""

    name = "gutenberg"
    unit = "characters"

    _MARK = (
        r"^\*\*\* ?{} OF TH(?:E|IS) PROJECT GUTENBERG E(?:BOOK|TEXT)\b[^\n]*(?:\n[^*\n]+\*\*\*)?\s*"
    )
    _START = re.compile(_MARK.format("START"), re.MULTILINE | re.IGNORECASE)
    _END = re.compile(_MARK.format("END"), re.MULTILINE | re.IGNORECASE)
    _HEADER = 100_000
    """Characters at a file's beginning in which the first mark is looked for."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = 0
        self._is_after = False

    def begin_file(self) -> None:
        """See `Step.begin_file`."""
        self._seen, self._is_after = 0, False

    def change(self, text: str) -> str:
        """See `Step.change`."""
        kept, place = [], 0
        start = self._START.search(text, 0, self._HEADER) if self._seen == 0 else None
        if start:
            place = start.end()
            self._is_after = False
        while place < len(text):
            mark = (self._START if self._is_after else self._END).search(text, place)
            if not self._is_after:
                kept.append(text[place : mark.start() if mark else len(text)])
            if mark is None:
                break
            self._is_after, place = not self._is_after, mark.end()
        self._seen += len(text)
        changed = "".join(kept)
        self.removed += len(text) - len(changed)
        return changed


class LineEnds(Step):
    """Makes CR LF, lone CR, NEL and the Unicode line and paragraph separators a line feed."""

    name = "line_ends"
    unit = "line ends"
    _OTHER = re.compile("\r\n|[\r\x85\u2028\u2029]")

    def change(self, text: str) -> str:
        """See `Step.change`."""
        if text.isascii() and "\r" not in text:
            return text
        changed, count = self._OTHER.subn("\n", text)
        self.removed += count
        return changed


class Unicode(Step):
    """Normalises; see Unicode Standard Annex 15."""

    name = "unicode"
    unit = "lines"

    def __init__(self, form: Literal["NFC", "NFKC"]) -> None:
        super().__init__()
        self._form = form

    def change(self, text: str) -> str:
        """See `Step.change`."""
        if unicodedata.is_normalized(self._form, text):
            return text
        lines = text.split("\n")  # nothing composes over a line feed
        changed = [unicodedata.normalize(self._form, line) for line in lines]
        self.removed += sum(a != b for a, b in zip(lines, changed, strict=True))
        return "\n".join(changed)


class ControlCharacters(Step):
    """Takes out C0 and C1 controls but tab, LF and CR, and byte order marks inside the text."""

    name = "control_characters"
    unit = "characters"
    _CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")

    def change(self, text: str) -> str:
        """See `Step.change`."""
        changed, count = self._CONTROL.subn("", text)
        self.removed += count
        return changed


class MetadataLines(Step):
    """Takes out whole lines that tell of the text instead of being of it."""

    name = "metadata_lines"
    unit = "lines"
    _LINE = re.compile(
        r"""^[ \t]*(?:
            \[(?:Illustration|Picture|Frontispiece|Transcriber|Editor|Sidenote)[^\]\n]*\]
          | [\[({]?(?:Pg|Page|p\.)[ ]?\d{1,4}[\])}]?
          | [-\u2013\u2014][ ]?\d{1,4}[ ]?[-\u2013\u2014]
          | [\[{]\d{1,4}[\]}]
          | <?(?:https?://|www\.)\S+>?
          | (?:Title|Author|Editor|Translator|Illustrator|Release\ Date|Posting\ Date|Language
            |Character\ set\ encoding|Produced\ by|E-text\ prepared\ by|Copyright|ISBN)\b
            [ \t]*[:©(][^\n]*
          | Produced\ by\ [^\n]*
        )[ \t]*\r?(?:\n|\Z)""",
        re.MULTILINE | re.VERBOSE,
    )

    def change(self, text: str) -> str:
        """See `Step.change`."""
        changed, count = self._LINE.subn("", text)
        self.removed += count
        return changed


class BlankLines(Step):
    """Makes two or more blank lines after one another one."""

    name = "blank_lines"
    unit = "blank lines"
    _RUN = re.compile(r"(\r?\n)[ \t\r]*\n(?:[ \t\r]*\n)+")

    def change(self, text: str) -> str:
        """See `Step.change`."""
        changed = self._RUN.sub(r"\1\1", text)
        self.removed += text.count("\n") - changed.count("\n")
        return changed


class _ByParagraph(Step):
    """A step that keeps or drops whole paragraphs, each with the blank lines after it."""

    unit = "paragraphs"

    @abstractmethod
    def keeps(self, paragraph: str) -> bool:
        """Say whether a paragraph, without blanks around it, stays."""

    def change(self, text: str) -> str:
        """See `Step.change`."""
        kept, place = [], 0
        while place < len(text):
            mark = SEPARATOR.search(text, place)
            end, after = (mark.start(), mark.end()) if mark else (len(text), len(text))
            paragraph = text[place:end].strip()
            if not paragraph or self.keeps(paragraph):
                kept.append(text[place:after])
            else:
                self.removed += 1
            place = after
        return "".join(kept)


class MinParagraph(_ByParagraph):
    """Drops paragraphs that are too short."""

    name = "min_paragraph"

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length

    def keeps(self, paragraph: str) -> bool:
        """See `_ByParagraph.keeps`."""
        return len(paragraph) >= self._length


class MaxParagraph(_ByParagraph):
    """Drops paragraphs that are too long."""

    name = "max_paragraph"

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length

    def keeps(self, paragraph: str) -> bool:
        """See `_ByParagraph.keeps`."""
        return len(paragraph) <= self._length


class Repeats(_ByParagraph):
    """Drops paragraphs that stood before, in this file or an earlier one."""

    name = "repeats"

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[bytes] = set()

    def keeps(self, paragraph: str) -> bool:
        """See `_ByParagraph.keeps`."""
        # Not the paragraphs themselves: they are as large as the text.
        mark = hashlib.blake2b(paragraph.encode("utf-8"), digest_size=12).digest()
        if mark in self._seen:
            return False
        self._seen.add(mark)
        return True


def steps_of(cleaning: Cleaning) -> list[Step]:
    """Give the steps that are on, in the order in which they act."""
    wanted: list[tuple[object, Callable[[], Step]]] = [
        (cleaning.gutenberg, Gutenberg),
        (cleaning.line_ends, LineEnds),
        (cleaning.unicode, lambda: Unicode(cleaning.unicode or "NFC")),
        (cleaning.control_characters, ControlCharacters),
        (cleaning.metadata_lines, MetadataLines),
        (cleaning.blank_lines, BlankLines),
        (cleaning.min_paragraph, lambda: MinParagraph(cleaning.min_paragraph)),
        (cleaning.max_paragraph, lambda: MaxParagraph(cleaning.max_paragraph)),
        (cleaning.repeats, Repeats),
    ]
    return [make() for is_on, make in wanted if is_on]


def clean(parts: Iterable[str], steps: list[Step]) -> Iterator[str]:
    """Pass a file's text through the steps, one after the other."""
    for step in steps:
        step.begin_file()
    for segment in segments(parts):
        for step in steps:
            segment = step.feed(segment)
        if segment:
            yield segment


def segments(parts: Iterable[str]) -> Iterator[str]:
    """Cut a text anew, after blank lines where it can be."""
    held = ""
    for part in parts:
        held += part
        if len(held) < LONGEST_SEGMENT // 4:
            continue
        cut = _last_break(held)
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held


def _last_break(text: str) -> int:
    """Find where the last paragraph that is surely whole ends; 0 asks for more text."""
    # What the text ends with may go on in the next part, so the break must have a letter after it.
    end = len(text.rstrip())
    found = 0
    for mark in SEPARATOR.finditer(text, max(0, end - LONGEST_SEGMENT // 8), end):
        found = mark.end()
    if found or len(text) < LONGEST_SEGMENT:
        return found
    # Behind a blank or a line feed no accent waits to join, and no CR LF is torn apart.
    return max(text.rfind("\n", 0, end), text.rfind(" ", 0, end)) + 1 or len(text)


def _excerpts(before: str, after: str, around: int = 60, length: int = 240) -> tuple[str, str]:
    """Give both texts from shortly before the first place where they differ."""
    place = _first_difference(before, after)
    start = max(0, place - around)
    return before[start : start + length], after[start : start + length]


def _first_difference(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
