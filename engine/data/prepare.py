"""Turn texts into a data set: `<home>/data/<name>/` with train.bin, val.bin and their description.

A part of the text is held out for validation: its end, or a whole file; nothing is shuffled, so no
sentence of it was seen in training. Tokens are little-endian uint16, or uint32 where ids need it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from ..disk.folders import disk_error, filled_aside
from ..errors import DataError, UsageError, nearest
from . import datasets
from .analysis import LeftOut
from .corpus import build, read_all
from .download import Opener, open_url
from .identity import check_chosen, identity, own_names
from .meta import Meta, damaged, read_meta, verify
from .names import PARTIAL
from .recipe import Recipe
from .sources import Located, known_sha256, locate, source_names
from .telling import Say, silent
from .tokenizer_making import make_tokenizer
from .writing import Making, fill


@dataclass(frozen=True)
class PreparedData:
    """A data set that is on disk."""

    folder: Path
    meta: Meta
    is_new: bool
    """False: it was there before."""
    left_out: tuple[LeftOut, ...] = ()
    """Files of a folder or pattern that are no texts."""


def prepare(
    recipe: Recipe,
    home: Path,
    name: str | None = None,
    *,
    opener: Opener = open_url,
    say: Say = silent,
) -> PreparedData:
    """Prepare texts, or find that they are prepared already.

    Args:
        recipe: Which texts, and what becomes of them.
        home: The set is written to its folder `data`.
        name: The set's name; None derives one from the source and the tokenizer.
        opener: How an address is opened.
        say: Told how far it is.

    Raises:
        UsageError: A setting does not fit, or the name is taken by another set.
        DataError: A text cannot be read, is too short, or the set cannot be written.
    """
    check_chosen(name, recipe)
    located = locate(recipe.sources)
    found = find_prepared(recipe, located, _known_hashes(located), home, name)
    if found:
        return found
    made = _read_and_make(recipe, located, home, name, opener, say)
    return replace(made, left_out=located.left_out)


def _read_and_make(
    recipe: Recipe, located: Located, home: Path, name: str | None, opener: Opener, say: Say
) -> PreparedData:
    texts = read_all(located, home, opener, say)
    hashes = [text.sha256 for text in texts]
    found = find_prepared(recipe, located, hashes, home, name)
    if found:
        return found
    known_as = identity(recipe, located.sources, hashes, home)
    target = _free(own_names(recipe, located.sources, known_as), home, chosen=name)
    corpus = build(texts, recipe, say)
    tokenizer = make_tokenizer(recipe, corpus.train, corpus.seen, home, say)
    given = tuple(dict.fromkeys(source.given for source in located.sources))
    making = Making(replace(recipe, sources=given), known_as, corpus, tokenizer, say)
    return _write(target, making)


def resolve(
    recipe: Recipe,
    home: Path,
    *,
    opener: Opener = open_url,
    say: Say = silent,
) -> PreparedData:
    """Find or make the data set that a recipe with one source means, as `--data` gives it.

    A named text is prepared with the given settings, or reused. Otherwise the name, or the folder,
    of a prepared set is that set as it is, whatever the settings. Otherwise it is a text to
    prepare.

    Raises:
        UsageError: A setting does not fit.
        DataError: There is no such text or set, or it is damaged, too short or not writable.
    """
    (source,) = recipe.sources
    if source not in source_names():
        folder = datasets.find(source, home)
        if folder is not None:
            return PreparedData(folder, read_meta(folder), is_new=False)
        if not os.path.lexists(os.path.expanduser(source)) and not set("*?[") & set(source):
            known = {*source_names(), *(listed.name for listed in datasets.list_sets(home))}
            raise DataError(
                f"There is no data set, text or file {source}.",
                "A name of a set or a text was looked for, then a file.",
                nearest(source, known),
            )
    return prepare(recipe, home, opener=opener, say=say)


def find_prepared(
    recipe: Recipe, located: Located, hashes: list[str], home: Path, name: str | None = None
) -> PreparedData | None:
    """Find the set that these texts and settings gave before.

    Args:
        recipe: The settings.
        located: The texts.
        hashes: SHA-256 of each text; none where they are not known.
        home: Where sets are looked for.
        name: The only name to look under, where one was chosen.
    """
    if not hashes:
        return None
    known_as = identity(recipe, located.sources, hashes, home)
    for candidate in [name] if name else own_names(recipe, located.sources, known_as):
        folder = datasets.data_folder(home) / candidate
        try:
            meta = verify(folder)
        except DataError:
            continue
        if meta.identity == known_as:
            return PreparedData(folder, meta, is_new=False)
    return None


def _known_hashes(located: Located) -> list[str]:
    """Give the hash of a text on the net, so that a prepared one need not be fetched."""
    known = [known_sha256(source.name) for source in located.sources if source.kind == "download"]
    return [sha256 for sha256 in known if sha256] if len(known) == len(located.sources) else []


def _free(names: list[str], home: Path, chosen: str | None) -> Path:
    folders = [datasets.data_folder(home) / name for name in ([chosen] if chosen else names)]
    for folder in folders:
        if not os.path.lexists(folder):
            return folder
    if chosen is None:
        raise damaged(folders[-1], "it is not what its name says")
    raise UsageError(
        f"There is a data set {chosen} already, and it is not this one.",
        f"It is of another text, has other settings or is damaged: {folders[-1]}",
        "Choose another name, or delete that set first.",
    )


def _write(target: Path, making: Making) -> PreparedData:
    try:
        datasets.clean_stale(target.parent.parent)
        with filled_aside(
            target, target.with_name(f"{target.name}{PARTIAL}{os.getpid()}")
        ) as aside:
            meta = fill(aside, target.name, making)
    except BrokenPipeError:
        raise  # not the disk: nobody listens to `say` any more
    except OSError as error:
        # Another process may have prepared the same text in the meantime.
        found = _same(target, making.identity)
        if found:
            return found
        raise disk_error(f"The data set {target.name} could not be written.", error) from error
    return PreparedData(target, meta, is_new=True)


def _same(target: Path, known_as: str) -> PreparedData | None:
    try:
        meta = verify(target)
    except DataError:
        return None
    return PreparedData(target, meta, is_new=False) if meta.identity == known_as else None
