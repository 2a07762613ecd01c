"""Prepared data sets on disk: their names, what their `meta.json` says, the list of them.

Standard library only, so that the screen can list them.
"""

from __future__ import annotations

import dataclasses
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import convert, sealed
from ..errors import DataError, TtgptError, UsageError

FORMAT_VERSION = 1
META = "meta.json"
FILES = ("train.bin", "val.bin", "tokenizer.json")
LONGEST_NAME = 100
"""Bytes in UTF-8, so that longer names made from it still fit a file system."""


@dataclass(frozen=True, kw_only=True)
class Meta:
    """What is known of a prepared set. No date: the same text gives the same bytes."""

    name: str
    source: str
    """`bundled`, an address or a file's path."""
    sha256: str
    """Of the text as UTF-8."""
    tokenizer: str
    val_fraction: float
    characters: int
    train_tokens: int
    val_tokens: int
    vocab_size: int
    unigram_loss: float
    """Nats per validation token when only how often each token occurs is known."""
    bigram_loss: float
    """Nats per validation token when only the token before is seen."""

    def check_block_size(self, block_size: int) -> None:
        """Check that each part holds at least one window.

        Raises:
            DataError: A part is too short.
        """
        shorter = min(self.train_tokens, self.val_tokens)
        check_window("train", self.train_tokens, block_size, shorter)
        check_window("validation", self.val_tokens, block_size, shorter)


@dataclass(frozen=True)
class ListedSet:
    """A set as it stands in the list; a broken one has a problem instead of a meta."""

    name: str
    folder: Path
    meta: Meta | None
    problem: str = ""


def check_window(part: str, tokens: int, block_size: int, shortest_part: int | None = None) -> None:
    """Check that a part holds one window: block_size inputs and the target after the last.

    Raises:
        DataError: It does not; says which block_size would fit.
    """
    if tokens > block_size:
        return
    largest = min(tokens, shortest_part if shortest_part is not None else tokens) - 1
    raise DataError(
        f"The {part} part has {tokens:,} tokens: too few for block_size {block_size:,}.",
        f"A window is block_size tokens and the one that follows: {block_size + 1:,}.",
        f"Set model.block_size to {largest:,} or less, or take a longer text."
        if largest >= 2
        else "Take a longer text.",
    )


def data_folder(home: Path) -> Path:
    """Give where prepared sets live."""
    return home / "data"


def check_name(name: str) -> str:
    """Check a name that a person chose for a set, and give it back.

    Raises:
        UsageError: It could not be, or should not be, a folder's name.
    """
    bad = {
        "is empty": not name.strip(),
        "begins or ends with a space": name != name.strip(),
        "begins with a dot": name.startswith("."),
        "has .. in it": ".." in name,
        "has / in it": "/" in name,
        "has .partial- in it": ".partial-" in name,
        "has a control character in it": any(_is_control(c) for c in name),
        "is too long": len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME,
    }
    for fault, is_so in bad.items():
        if is_so:
            raise UsageError(
                f"The name {name!r} {fault}.",
                "It becomes a folder's name.",
                "Choose a short name of letters, digits, spaces or dashes.",
            )
    return name


def slug(text: str) -> str:
    """Make a name that `check_name` takes out of any text: letters and digits, joined by dashes."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
    name = "-".join(words).encode("utf-8", "ignore")[: LONGEST_NAME // 2]
    return name.decode("utf-8", "ignore").strip("-") or "text"


def read_meta(folder: Path) -> Meta:
    """Read a set's `meta.json` and check that its files have their lengths.

    Raises:
        DataError: The set is missing or damaged.
    """
    try:
        body = sealed.read(folder / META)
        sealed.check_sizes(folder, body)
    except sealed.BrokenError as error:
        raise damaged(folder, str(error)) from error
    return parse_meta(folder, body)


def verify(folder: Path) -> Meta:
    """Read a set's `meta.json` and check every byte of its files.

    Raises:
        DataError: The set is missing or damaged.
    """
    try:
        body = sealed.read(folder / META)
        sealed.check_hashes(folder, body)
    except sealed.BrokenError as error:
        raise damaged(folder, str(error)) from error
    return parse_meta(folder, body)


def parse_meta(folder: Path, body: dict[str, Any]) -> Meta:
    """Turn a sealed body into a meta.

    Raises:
        DataError: Another version of the program wrote it.
    """
    if body.get("format") != FORMAT_VERSION or set(body["files"]) != set(FILES):
        raise damaged(folder, f"it is not of format {FORMAT_VERSION}")
    names = {f.name for f in dataclasses.fields(Meta)}
    try:
        return convert.build(Meta, {k: v for k, v in body.items() if k in names}, META)
    except UsageError as error:
        raise damaged(folder, error.what) from error


def list_sets(home: Path) -> list[ListedSet]:
    """List the prepared sets by name, broken ones too; a home without any gives none."""
    try:
        folders = sorted(p for p in data_folder(home).iterdir() if p.is_dir())
    except OSError:
        return []
    return [_listed(p) for p in folders if not p.name.startswith(".") and ".partial-" not in p.name]


def find(name_or_path: str, home: Path) -> Path | None:
    """Give the folder of a prepared set by its name, or by the path of its folder."""
    by_name = data_folder(home) / name_or_path
    if "/" not in name_or_path and os.path.isfile(by_name / META):
        return by_name
    by_path = Path(os.path.expanduser(name_or_path))
    return by_path if os.path.isfile(by_path / META) else None


def damaged(folder: Path, reason: str) -> DataError:
    """Say that a set cannot be used."""
    return DataError(
        f"The data set {folder.name} is damaged: {reason}.",
        f"It lies in {folder}.",
        "Delete that folder and prepare the text again.",
    )


def _listed(folder: Path) -> ListedSet:
    try:
        return ListedSet(folder.name, folder, read_meta(folder))
    except TtgptError as error:
        return ListedSet(folder.name, folder, None, error.what)


def _is_control(character: str) -> bool:
    # Cc control, Cf direction marks and the like, Cs half a character, Zl and Zp line ends.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
