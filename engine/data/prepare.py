"""Turn a text into a data set: `<home>/data/<name>/` with train.bin, val.bin and their description.

The last part of the text is held out for validation; nothing is shuffled, so no sentence of it was
seen in training. Tokens are little-endian uint16. Standard library only: the command line
prepares a text without loading numpy.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .. import convert, sealed
from ..config import DataConfig
from ..errors import DataError, UsageError, nearest
from ..folders import disk_error, filled_aside
from . import baselines, datasets
from .corpus import known_sha256, read_source, source_names
from .datasets import Meta
from .download import Opener, open_url
from .encoding import Encoded, encode, little_endian


@dataclass(frozen=True)
class PreparedData:
    """A data set that is on disk, and whether it was there before."""

    folder: Path
    meta: Meta
    reused: bool


@dataclass(frozen=True)
class _Wanted:
    """What makes two data sets the same."""

    sha256: str
    tokenizer: str
    val_fraction: float

    def fits(self, meta: Meta) -> bool:
        return self == _Wanted(meta.sha256, meta.tokenizer, meta.val_fraction)

    def short_hash(self) -> str:
        settings = f"{self.sha256} {self.tokenizer} {self.val_fraction!r}"
        return hashlib.sha256(settings.encode()).hexdigest()[:8]


def prepare(
    source: str,
    tokenizer_kind: str,
    val_fraction: float,
    home: Path,
    name: str | None = None,
    *,
    opener: Opener = open_url,
) -> PreparedData:
    """Prepare a text, or find that it is prepared already.

    Args:
        source: A named text or a file's path, see `corpus.read_source`.
        tokenizer_kind: `char` or `byte`.
        val_fraction: Share of the characters, at the end, held out for validation.
        home: The set is written to its folder `data`.
        name: The set's name; None derives one from the source and the tokenizer.
        opener: How an address is opened.

    Raises:
        UsageError: A setting does not fit, or the name is taken by another set.
        DataError: The text cannot be read, is too short, or the set cannot be written.
    """
    raw = {"source": source, "tokenizer": tokenizer_kind, "val_fraction": val_fraction}
    config = convert.build(DataConfig, raw, "data")
    _check_chosen(name, source)
    found = _prepared_download(config, home, name)
    if found:
        return found
    text = read_source(source, home, opener=opener)
    wanted = _Wanted(text.sha256, config.tokenizer, config.val_fraction)
    names = [name] if name else _own_names(text.name, wanted, is_named=source in source_names())
    found = _existing(names, wanted, home)
    if found:
        return found
    target = _free(names, home, chosen=name)
    encoded = encode(text, config.tokenizer, config.val_fraction)
    return _write(target, encoded, wanted)


def resolve(
    source: str,
    home: Path,
    tokenizer_kind: str = "char",
    val_fraction: float = 0.1,
    *,
    opener: Opener = open_url,
) -> PreparedData:
    """Find or make the data set that `--data` means.

    A named text is prepared with the given settings, or reused. Otherwise the name, or the folder,
    of a prepared set is that set as it is, whatever the settings. Otherwise it is a file to
    prepare.

    Raises:
        UsageError: A setting does not fit.
        DataError: There is no such text or set, or it is damaged, too short or not writable.
    """
    if source not in source_names():
        folder = datasets.find(source, home)
        if folder is not None:
            return PreparedData(folder, datasets.read_meta(folder), reused=True)
        if not os.path.lexists(os.path.expanduser(source)):
            known = {*source_names(), *(listed.name for listed in datasets.list_sets(home))}
            raise DataError(
                f"There is no data set, text or file {source}.",
                "A name of a set or a text was looked for, then a file.",
                nearest(source, known),
            )
    return prepare(source, tokenizer_kind, val_fraction, home, opener=opener)


def _check_chosen(name: str | None, source: str) -> None:
    if name is None:
        return
    datasets.check_name(name)
    if name in source_names() and name != source:
        raise UsageError(
            f"{name} is the name of a text that comes with the program.",
            "A set of that name would be taken for it.",
            "Choose another name.",
        )


def _prepared_download(config: DataConfig, home: Path, name: str | None) -> PreparedData | None:
    """Find the set of a text whose hash is known beforehand, so that it need not be fetched."""
    known = known_sha256(config.source)
    if known is None:
        return None
    wanted = _Wanted(known, config.tokenizer, config.val_fraction)
    names = [name] if name else _own_names(config.source, wanted, is_named=True)
    return _existing(names, wanted, home)


def _own_names(source_name: str, wanted: _Wanted, *, is_named: bool) -> list[str]:
    """Give the names a set may have when nobody chose one, the preferred one first."""
    base = datasets.slug(source_name)
    name = base if wanted.tokenizer == "char" else f"{base}-{wanted.tokenizer}"
    with_hash = f"{name}-{wanted.short_hash()}"
    # A person's harbour.txt must not pass for the text that comes with the program.
    return [with_hash] if base in source_names() and not is_named else [name, with_hash]


def _existing(names: list[str], wanted: _Wanted, home: Path) -> PreparedData | None:
    for name in names:
        folder = datasets.data_folder(home) / name
        try:
            meta = datasets.verify(folder)
        except DataError:
            continue
        if wanted.fits(meta):
            return PreparedData(folder, meta, reused=True)
    return None


def _free(names: list[str], home: Path, chosen: str | None) -> Path:
    folders = [datasets.data_folder(home) / name for name in names]
    for folder in folders:
        if not os.path.lexists(folder):
            return folder
    if chosen is None:
        raise datasets.damaged(folders[-1], "it is not what its name says")
    raise UsageError(
        f"There is a data set {chosen} already, and it is not this one.",
        f"It is of another text, has other settings or is damaged: {folders[-1]}",
        "Choose another name, or delete that folder first.",
    )


def _write(target: Path, encoded: Encoded, wanted: _Wanted) -> PreparedData:
    try:
        _clean_stale(target.parent)
        with filled_aside(
            target, target.with_name(f"{target.name}.partial-{os.getpid()}")
        ) as aside:
            meta = _fill(aside, target.name, encoded, wanted)
    except OSError as error:
        # Another process may have prepared the same text in the meantime.
        found = _existing([target.name], wanted, target.parent.parent)
        if found:
            return found
        raise disk_error(f"The data set {target.name} could not be written.", error) from error
    return PreparedData(target, meta, reused=False)


def _fill(folder: Path, name: str, encoded: Encoded, wanted: _Wanted) -> Meta:
    train, val, vocab_size = encoded.train, encoded.val, encoded.tokenizer.vocab_size
    meta = Meta(
        name=name,
        source=encoded.source.origin,
        characters=len(encoded.source.text),
        train_tokens=len(train),
        val_tokens=len(val),
        vocab_size=vocab_size,
        unigram_loss=baselines.unigram_loss(train, val, vocab_size),
        bigram_loss=baselines.bigram_loss(train, val, vocab_size),
        **dataclasses.asdict(wanted),
    )
    (folder / "train.bin").write_bytes(little_endian(train))
    (folder / "val.bin").write_bytes(little_endian(val))
    encoded.tokenizer.save(folder / "tokenizer.json")
    fields = {"format": datasets.FORMAT_VERSION, **dataclasses.asdict(meta)}
    sealed.write(folder / datasets.META, fields, datasets.FILES)
    return meta


def _clean_stale(parent: Path) -> None:
    """Remove what processes that are no more left half-made."""
    for partial in parent.glob("*.partial-*"):
        pid = partial.name.rpartition("-")[2]
        if pid.isdecimal() and not _is_alive(int(pid)):
            shutil.rmtree(partial, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
