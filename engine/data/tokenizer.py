"""Text to token ids and back. Standard library only: the screen counts tokens with it too."""

from __future__ import annotations

import codecs
import itertools
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeGuard

from ..disk import atomic, reading
from ..errors import DataError, UsageError
from . import bpe

FORMAT_VERSION = 1
_LARGEST = 64 << 20
"""Bytes of a file with the largest vocabulary that can be made, and room to spare."""


class Tokenizer(ABC):
    """What every tokenizer does; ids are 0 … vocab_size - 1."""

    kind: str
    """`char`, `byte`, `bpe` or `gpt2`."""
    vocab_size: int

    @abstractmethod
    def unknown(self, text: str) -> list[int]:
        """Give the positions of the characters that are outside the vocabulary."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Turn text into ids.

        Raises:
            UsageError: A character is outside the vocabulary.
        """

    def missing(self, texts: Iterable[str]) -> str:
        """Give the characters of some texts that are outside the vocabulary, each once."""
        found = (text[place] for text in texts for place in self.unknown(text))
        return "".join(dict.fromkeys(found))

    @abstractmethod
    def to_bytes(self, ids: Iterable[int]) -> bytes:
        """Turn ids into the UTF-8 bytes they stand for; these may end inside a character.

        Raises:
            DataError: An id is outside the vocabulary.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Give the content of `tokenizer.json`."""

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text; bytes that are not UTF-8 become U+FFFD.

        Raises:
            DataError: An id is outside the vocabulary.
        """
        return self.to_bytes(ids).decode("utf-8", "replace")

    def save(self, path: Path) -> None:
        """Write `tokenizer.json`."""
        atomic.write_json(path, self.to_json())

    @staticmethod
    def load(path: Path) -> Tokenizer:
        """Read `tokenizer.json`.

        Raises:
            DataError: It is missing or damaged.
        """
        try:
            return Tokenizer.from_json(reading.read_json(path, _LARGEST))
        except reading.DamagedFileError as error:
            raise _damaged(error.what) from error

    @staticmethod
    def from_json(raw: Any) -> Tokenizer:
        """Rebuild a tokenizer from `to_json`'s object.

        Raises:
            DataError: The object is not what a tokenizer gives.
        """
        if not isinstance(raw, dict) or raw.get("format") != FORMAT_VERSION:
            raise _damaged(f"It is not a tokenizer of format {FORMAT_VERSION}.")
        readers = {"char": CharTokenizer.read, "byte": ByteTokenizer.read}
        readers |= dict.fromkeys(BpeTokenizer.KINDS, BpeTokenizer.read)
        kind = raw.get("kind")
        if not isinstance(kind, str) or kind not in readers:
            raise _damaged(f"Its kind is {kind!r}.")
        try:
            return readers[kind](raw)
        except ValueError as error:
            raise _damaged(f"{error}.") from error

    def _refuse_unknown(self, text: str) -> None:
        places = self.unknown(text)
        if places:
            found = text[places[0]]
            where = f"{visible(found)}, character {places[0] + 1:,} of the text,"
            if _is_surrogate(found):
                raise UsageError(
                    f"{where} is not a whole character.",
                    "It stands for a byte that was not UTF-8.",
                    "Give the text as UTF-8.",
                )
            raise UsageError(
                f"{where} is not in the vocabulary.",
                f"The model was trained on a text with {self.vocab_size:,} different characters, "
                "and this is none of them.",
                "Leave it out, or use a model trained on a text that has it or on bytes.",
            )


class CharTokenizer(Tokenizer):
    """A token is a character of the text it was made from; ids follow code point order."""

    kind = "char"

    def __init__(self, characters: str) -> None:
        if not _is_vocabulary(characters):
            raise ValueError("Its characters are not a sorted list without repeats")
        self.characters = characters
        self.vocab_size = len(characters)
        self._ids = {character: i for i, character in enumerate(characters)}

    @classmethod
    def read(cls, raw: dict[str, Any]) -> CharTokenizer:
        """Rebuild one from `to_json`'s object.

        Raises:
            ValueError: It is not such an object.
        """
        characters = raw.get("characters")
        if not isinstance(characters, str):
            raise ValueError("Its characters are not a text")
        return cls(characters)

    @classmethod
    def from_text(cls, text: str) -> CharTokenizer:
        """Make the vocabulary of a text."""
        return cls("".join(sorted(set(text))))

    def unknown(self, text: str) -> list[int]:
        """See `Tokenizer.unknown`."""
        return [place for place, character in enumerate(text) if character not in self._ids]

    def encode(self, text: str) -> list[int]:
        """See `Tokenizer.encode`."""
        try:
            return [self._ids[character] for character in text]
        except KeyError:
            self._refuse_unknown(text)
            raise

    def to_bytes(self, ids: Iterable[int]) -> bytes:
        """See `Tokenizer.to_bytes`."""
        checked = (_in_range(i, self.vocab_size) for i in ids)
        return "".join(self.characters[i] for i in checked).encode("utf-8")

    def to_json(self) -> dict[str, Any]:
        """See `Tokenizer.to_json`."""
        return {"format": FORMAT_VERSION, "kind": self.kind, "characters": self.characters}


class ByteTokenizer(Tokenizer):
    """A token is a byte of the text's UTF-8; every text can be written with these 256."""

    kind = "byte"
    vocab_size = 256

    @classmethod
    def read(cls, raw: dict[str, Any]) -> ByteTokenizer:
        """Rebuild one from `to_json`'s object."""
        return cls()

    def unknown(self, text: str) -> list[int]:
        """Give the positions of lone surrogates: only they have no UTF-8."""
        return [place for place, character in enumerate(text) if _is_surrogate(character)]

    def encode(self, text: str) -> list[int]:
        """See `Tokenizer.encode`."""
        try:
            return list(text.encode("utf-8"))
        except UnicodeEncodeError:
            self._refuse_unknown(text)
            raise

    def to_bytes(self, ids: Iterable[int]) -> bytes:
        """See `Tokenizer.to_bytes`."""
        return bytes(_in_range(i, self.vocab_size) for i in ids)

    def to_json(self) -> dict[str, Any]:
        """See `Tokenizer.to_json`."""
        return {"format": FORMAT_VERSION, "kind": self.kind}


class BpeTokenizer(Tokenizer):
    """A token is a run of bytes that occurred often: a piece of a word, with the blank before it.

    Byte-level byte pair encoding; see `bpe`. Every text can be written with it.
    """

    KINDS = ("bpe", "gpt2")
    """Made from the text, or the one of GPT-2."""

    def __init__(self, kind: str, vocabulary: list[str], merges: list[tuple[str, str]]) -> None:
        """Take the tokens by their ids, and the pairs that join, the first to join first.

        Args:
            kind: One of `KINDS`.
            vocabulary: Each token in the alphabet of `bpe.ALPHABET`.
            merges: Pairs of tokens.

        Raises:
            ValueError: These do not make a tokenizer.
        """
        self.kind = kind
        self.vocabulary, self.merges = vocabulary, merges
        self.vocab_size = len(vocabulary)
        self._ids = {token: i for i, token in enumerate(vocabulary)}
        bpe.check(self._ids, vocabulary, merges)
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.token_bytes = [bpe.to_bytes(token) for token in vocabulary]
        """What each token stands for."""

    @classmethod
    def read(cls, raw: dict[str, Any]) -> BpeTokenizer:
        """Rebuild one from `to_json`'s object.

        Raises:
            ValueError: It is not such an object.
        """
        vocabulary, lines = raw.get("vocabulary"), raw.get("merges")
        if not _are_texts(vocabulary) or not _are_texts(lines):
            raise ValueError("Its vocabulary and merges are not lists of texts")
        return cls(raw["kind"], vocabulary, [bpe.pair_of(line) for line in lines])

    def unknown(self, text: str) -> list[int]:
        """Give the positions of lone surrogates: only they have no UTF-8."""
        return [place for place, character in enumerate(text) if _is_surrogate(character)]

    def encode(self, text: str) -> list[int]:
        """See `Tokenizer.encode`. Meant for prompts; a whole text goes by way of `bulk`."""
        self._refuse_unknown(text)
        pieces = (bpe.merge(word, self._ranks) for word in bpe.words(text))
        return [self._ids[token] for piece in pieces for token in piece]

    def to_bytes(self, ids: Iterable[int]) -> bytes:
        """See `Tokenizer.to_bytes`."""
        return b"".join(self.token_bytes[_in_range(i, self.vocab_size)] for i in ids)

    def to_json(self) -> dict[str, Any]:
        """See `Tokenizer.to_json`."""
        merges = [" ".join(pair) for pair in self.merges]
        return {
            "format": FORMAT_VERSION,
            "kind": self.kind,
            "vocabulary": self.vocabulary,
            "merges": merges,
        }


class TextStream:
    """Turns ids into text as they come, holding back a character until all its bytes are there.

    A text that ends inside a character ends before it: nobody wrote a U+FFFD there.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, ids: Iterable[int]) -> str:
        """Take more ids and give the text that is complete now."""
        return self._decoder.decode(self._tokenizer.to_bytes(ids))


def visible(character: str) -> str:
    """Name one character so that it can be seen and looked up, such as `'é' (U+00E9)`."""
    # A combining mark would sit on the quote before it.
    form = ascii(character) if unicodedata.combining(character) else repr(character)
    return f"{form} (U+{ord(character):04X})"


def _is_vocabulary(characters: str) -> bool:
    rising = all(a < b for a, b in itertools.pairwise(characters))
    return bool(characters) and rising and not any(map(_is_surrogate, characters))


def _are_texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _in_range(token: int, vocab_size: int) -> int:
    if not 0 <= token < vocab_size:
        raise DataError(
            f"Token {token} is outside the vocabulary of {vocab_size}.",
            "The tokens and the tokenizer do not belong together.",
            "Use the tokenizer.json that was saved with them.",
        )
    return token


def _damaged(why: str) -> DataError:
    return DataError(
        "The tokenizer cannot be used.",
        why,
        "Prepare the text again, or choose another checkpoint.",
    )
