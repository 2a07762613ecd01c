"""Sets and analyses written by hand, so that the screen can be shown without preparing a text."""

from __future__ import annotations

import json
import os
from array import array
from dataclasses import replace
from pathlib import Path

from saved_run import CHARACTERS

from ttgpt.engine.data.analysis import (
    Advice,
    Analysis,
    Bin,
    CharacterCount,
    CleaningFact,
    Paragraphs,
    PresetFact,
    SourceFact,
    TokenizerFact,
)
from ttgpt.engine.data.meta import FILES, FORMAT_VERSION, META, Meta, Versions
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.disk import sealed

TEXT = "Of rived came fit\nFair from in shadels, reposoim dow\nAs than reprimes o'er for ear;\n"
_COUNTS = (1, 6, 14, 11, 8, 6, 4, 3, 2, 1, 1, 0, 1)
_ONES = "½æÆ†…"


def analysis(**changes: object) -> Analysis:
    """An analysis of a text of some length."""
    raw: dict[str, object] = {**_analysis().__dict__, **changes}
    return Analysis(**raw)  # type: ignore[arg-type]


def write_set(
    home: Path, name: str, tokens: int = 40, *, day: int = 1, counted: int | None = None
) -> Meta:
    """Write a set as preparing does: whole, sealed, with a few tokens."""
    folder = home / "data" / name
    folder.mkdir(parents=True)
    ids = CHARACTERS.encode("".join(c for c in "the tide came in " if c in CHARACTERS.characters))
    train = array("H", (ids * tokens)[:tokens])
    val = train[: max(1, tokens // 10)]
    (folder / "train.bin").write_bytes(train.tobytes())
    (folder / "val.bin").write_bytes(val.tobytes())
    CHARACTERS.save(folder / "tokenizer.json")
    meta = _meta(name, len(train), len(val))
    if counted is not None:
        meta = replace(meta, counted_tokens=counted)
    body = json.loads(json.dumps({"format": FORMAT_VERSION, **_plain(meta)}))
    sealed.write(folder / META, body, FILES)
    os.utime(folder, (1_700_000_000 + day * 86_400,) * 2)
    return meta


def _plain(meta: Meta) -> dict[str, object]:
    import dataclasses

    return dataclasses.asdict(meta)


def _meta(name: str, train: int, val: int) -> Meta:
    return Meta(
        name=name,
        sha256="0" * 64,
        identity="0" * 64,
        sources=(SourceFact(origin=f"~/texts/{name}.txt", bytes=1, sha256="0", characters=1),),
        recipe=Recipe(sources=(f"~/texts/{name}.txt",)),
        removed=(),
        bytes=train + val,
        characters=train + val,
        lines=3,
        train_tokens=train,
        val_tokens=val,
        vocab_size=CHARACTERS.vocab_size,
        unigram_loss=3.31,
        bigram_loss=2.47,
        counted_tokens=train,
        versions=Versions(ttgpt="0", unicode="15", tokenizers=""),
    )


def _analysis() -> Analysis:
    return Analysis(
        name="keats",
        prepared_as="",
        sources=(
            SourceFact(origin="/texts/keats.txt", bytes=489_102, sha256="0", characters=487_312),
        ),
        left_out=(),
        bytes=489_102,
        characters=487_312,
        lines=11_204,
        distinct=92,
        counts=(CharacterCount(character=" ", count=80_000),),
        rare=tuple(CharacterCount(character=c, count=1) for c in _ONES),
        unusual=len(_ONES),
        once=len(_ONES),
        scripts=("Latin",),
        paragraphs=Paragraphs(
            count=58,
            median=212,
            p95=1480,
            longest=2900,
            histogram=tuple(
                Bin(low=128 * at, high=128 * (at + 1), count=count)
                for at, count in enumerate(_COUNTS)
            ),
        ),
        tokenizers=(
            _tokenizer("char", 92, 487_312, 1.0),
            _tokenizer("byte", 256, 489_102, 0.996),
            _tokenizer("bpe", 4096, 140_821, 3.46, is_estimate=True),
            _tokenizer("gpt2", 0, 0, 0.0, problem="no vocab.json found"),
        ),
        train_tokens=438_580,
        val_tokens=48_732,
        vocab_size=92,
        uniform_loss=4.52,
        unigram_loss=3.31,
        bigram_loss=2.47,
        is_estimate=False,
        cleaning=(
            _cleaning("gutenberg", 0, "lines"),
            _cleaning("line_ends", 11_204, "line ends", before="fit␍", after="fit"),
            _cleaning("blank_lines", 412, "lines"),
            _cleaning("repeats", 3, "paragraphs"),
            _cleaning("drop_rare", 5, "characters", before="½ a", after=" a"),
        ),
        overlap=0.0,
        overlap_is_estimate=False,
        presets=(
            _preset("demo", 213_000, 64, 2.06, 4.9),
            _preset("shakespeare-stage2", 10_700_000, 256, 0.041, 50.2),
            _preset("gpt2-small", 124_000_000, 256, 0.0035, 90.0),
        ),
        advice=(
            Advice(
                level="info",
                text="The demo preset (213 k parameters) will read this text about 5 times.",
            ),
            Advice(level="info", text="Bigger models will memorise it."),
            Advice(level="warning", text="5 characters occur once: a model cannot learn them."),
        ),
        sample=TEXT,
    )


def _tokenizer(
    kind: str,
    vocab_size: int,
    tokens: int,
    characters: float,
    *,
    is_estimate: bool = False,
    problem: str = "",
) -> TokenizerFact:
    return TokenizerFact(
        kind=kind,
        vocab_size=vocab_size,
        tokens=tokens,
        characters_per_token=characters,
        is_estimate=is_estimate,
        problem=problem,
    )


def _cleaning(
    step: str, removed: int, unit: str, *, before: str = "", after: str = ""
) -> CleaningFact:
    return CleaningFact(
        step=step,
        is_on=False,
        removed=removed,
        unit=unit,
        before=before,
        after=after,
        is_estimate=False,
    )


def _preset(name: str, parameters: int, block_size: int, each: float, epochs: float) -> PresetFact:
    return PresetFact(
        name=name,
        parameters=parameters,
        block_size=block_size,
        tokens_per_parameter=each,
        epochs=epochs,
        problem="",
    )
