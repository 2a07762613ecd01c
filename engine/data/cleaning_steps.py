"""The steps that clean a text, one class each."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from abc import abstractmethod
from collections.abc import Callable
from typing import Literal

from .cleaning import Step
from .recipe import Cleaning
from .segments import SEPARATOR


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
