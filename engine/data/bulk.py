"""Byte pair encoding of whole texts, by the `tokenizers` library. Only child processes load it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from ..disk import reading
from ..errors import DataError, TtgptError
from . import bpe
from .codepoints import BLOCK, blocks
from .telling import Say, silent
from .tokenizer import BpeTokenizer

VERSION: str = tokenizers.__version__
_BATCH = 8 * BLOCK
"""Characters that are encoded at once, shared out over the cores."""
_CUTS = (" ", "\n")
_HELD = 4 * bpe.LONGEST_WORD
"""Characters without white space after which a text is cut between two words."""
GPT2_FILES = ("vocab.json", "merges.txt")


def learn(
    pieces: Iterable[memoryview], vocab_size: int, say: Say = silent, total: int = 0
) -> BpeTokenizer:
    """Make a vocabulary from a text.

    Args:
        pieces: The text, UTF-8.
        vocab_size: Tokens wanted; a short text gives fewer.
        say: Told how much was read.
        total: Bytes of the text.
    """
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        initial_alphabet=sorted(bpe.ALPHABET),
        show_progress=False,
    )
    is_made = threading.Event()
    try:
        made.train_from_iterator(_told(pieces, say, total, is_made), trainer)
    finally:
        is_made.set()
    model = json.loads(made.to_str())["model"]
    merges = [pair if isinstance(pair, list) else pair.split(" ") for pair in model["merges"]]
    vocabulary = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return BpeTokenizer("bpe", vocabulary, [(first, second) for first, second in merges])


def encoded(
    tokenizer: BpeTokenizer, pieces: Iterable[memoryview]
) -> Iterator[npt.NDArray[np.uint32]]:
    """Encode a text a few blocks at a time, and check that each decodes to itself.

    Raises:
        TtgptError: It does not; a fault of the program.
    """
    ids = {token: i for i, token in enumerate(tokenizer.vocabulary)}
    fast = tokenizers.Tokenizer(models.BPE(vocab=ids, merges=tokenizer.merges))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    stands_for = tokenizer.token_bytes
    for batch in _batches(texts(pieces)):
        for text, found in zip(batch, fast.encode_batch_fast(batch), strict=True):
            ids_here = found.ids
            if b"".join(map(stands_for.__getitem__, ids_here)) != text.encode("utf-8"):
                raise TtgptError(
                    "The encoded text does not decode to itself.",
                    f"The tokenizers library {VERSION} cut it otherwise than it was meant.",
                    "Use the byte tokenizer, and report this with the text.",
                )
            yield np.array(ids_here, dtype=np.uint32)


def texts(pieces: Iterable[memoryview]) -> Iterator[str]:
    """Cut a text between words, so that each part is encoded as it would be in the whole.

    No word of a part is longer than `bpe.LONGEST_WORD`.
    """
    held = ""
    for piece in pieces:
        for block in blocks(piece):
            held += str(block, "utf-8")
            cut = _last_cut(held)
            if not cut and len(held) > _HELD:
                # What comes next changes no word but the last, nor where a long one is cut.
                cut = sum([len(word) for word in bpe.words(held)][:-2])
            if cut:
                yield from bpe.without_long_words(held[:cut])
                held = held[cut:]
    if held:
        yield from bpe.without_long_words(held)


def find_gpt2(home: Path, folder: str = "") -> Path | None:
    """Find the folder with GPT-2's `vocab.json` and `merges.txt`, or None.

    Args:
        home: Its folder `tokenizers/gpt2` is looked at.
        folder: The only place to look at, where it is given.
    """
    given = [Path(os.path.expanduser(folder))] if folder else []
    places = given or [home / "tokenizers" / "gpt2", *_caches()]
    return next((p for p in places if all(os.path.isfile(p / name) for name in GPT2_FILES)), None)


def load_gpt2(folder: Path) -> BpeTokenizer:
    """Read GPT-2's vocabulary from its two files.

    Raises:
        DataError: They are damaged.
    """
    try:
        ids = reading.read_object(folder / GPT2_FILES[0])
        lines = reading.read_text(folder / GPT2_FILES[1]).split("\n")
        merges = [bpe.pair_of(line) for line in lines if line and not line.startswith("#version")]
        vocabulary = sorted(ids, key=ids.__getitem__)
        if [ids[token] for token in vocabulary] != list(range(len(vocabulary))):
            raise ValueError("its ids are not 0, 1, 2 and so on")
        return BpeTokenizer("gpt2", vocabulary, merges)
    except (reading.DamagedFileError, ValueError, TypeError, AttributeError) as error:
        raise DataError(
            f"GPT-2's files in {folder} cannot be used.",
            getattr(error, "what", f"{error}."),
            "Fetch vocab.json and merges.txt of GPT-2 again.",
        ) from error


def no_gpt2(home: Path, folder: str) -> DataError:
    """Say that GPT-2's files are missing, and where they go."""
    return DataError(
        "GPT-2's tokenizer is not here.",
        f"Its vocab.json and merges.txt are in neither {folder or home / 'tokenizers' / 'gpt2'} "
        "nor a cache of Hugging Face.",
        "Put both files there, or use --tokenizer bpe.",
    )


def _told(
    pieces: Iterable[memoryview], say: Say, total: int, is_made: threading.Event
) -> Iterator[str]:
    done = 0
    for text in texts(pieces):
        done += len(text)
        say("learning the vocabulary", min(done, total), total)
        yield text
    threading.Thread(target=_tell_seconds, args=(say, is_made), daemon=True).start()


def _tell_seconds(say: Say, is_made: threading.Event) -> None:
    """Say that the library is still at it: it does not tell how far."""
    begun = time.monotonic()
    while not is_made.is_set():
        say(f"joining frequent pairs, {time.monotonic() - begun:.0f} s", 0, 0)
        is_made.wait(1.0)


def _batches(parts: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    room = _BATCH
    for part in parts:
        batch.append(part)
        room -= len(part)
        if room <= 0:
            yield batch
            batch, room = [], _BATCH
    if batch:
        yield batch


def _last_cut(text: str) -> int:
    """Find the last white space after something else, or 0."""
    place = max(text.rfind(character) for character in _CUTS)
    while place > 0 and text[place - 1] in bpe.WHITESPACE:
        place -= 1
    return max(place, 0)


def _caches() -> list[Path]:
    root = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser() / "hub"
    names = ("models--openai-community--gpt2", "models--gpt2")
    return [found for name in names for found in sorted(root.glob(f"{name}/snapshots/*"))]
