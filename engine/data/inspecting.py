"""Look at texts before anything is written: everything that `Analysis` tells."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from .. import presets
from ..canonical import parameter_count
from ..errors import TtgptError
from ..estimate import tokens_per_parameter
from ..training import schedule
from . import bpe, ngrams
from .advice import advice
from .analysis import Analysis, CharacterCount, PresetFact, TokenizerFact
from .cleaning_facts import cleaning_facts
from .codepoints import CodePoints, blocks
from .corpus import HALVES, Corpus, build, read_all
from .decoding import is_utf8
from .download import Opener, open_url
from .encoding import Tokens, dtype_of, encoded
from .file_text import Pieces, RawText
from .identity import identity, own_names
from .overlap import overlap
from .paragraphs import paragraphs
from .portion import Portion, portion_of
from .prepare import find_prepared
from .recipe import TOKENIZERS, Recipe
from .sources import locate
from .telling import Say, silent
from .tokenizer import Tokenizer
from .tokenizer_making import make_tokenizer
from .writing import check_length

_ANY_BYTE = ("latin-1", "cp1252")
_MOST_LISTED = 2_000
_ONE_IN = 100_000
"""A character that is rarer than this, or occurs once, is unusual."""
_LONG_SHARE = 0.1
"""Share of a text in words beyond bpe's bound from which bpe is not tried unasked."""
_SHOWN = 400
"""Characters of the sample."""
_SCRIPT_SHARE = 0.01


def analyse(
    recipe: Recipe, home: Path, *, opener: Opener = open_url, say: Say = silent
) -> Analysis:
    """Read, clean and count texts, and try every tokenizer on them.

    Raises:
        UsageError: A setting does not fit.
        DataError: A text cannot be read or used, or is too short.
    """
    located = locate(recipe.sources)
    texts = read_all(located, home, opener, say)
    hashes = [text.sha256 for text in texts]
    prepared = find_prepared(recipe, located, hashes, home)
    names = own_names(recipe, located.sources, identity(recipe, located.sources, hashes, home))
    misread = _misread(texts, recipe)
    corpus = build(texts, recipe, say)
    tried = _Tried(recipe, corpus, home, say)
    check_length(names[0], tried.train_tokens, tried.val_tokens)
    say("looking for overlap", 0, 0)
    shared = overlap(corpus.train, corpus.val)
    say("trying the cleaning", 0, 0)
    cleaned = cleaning_facts(recipe, corpus)
    seen = corpus.seen
    rare, rare_count = unusual(seen)
    say("measuring paragraphs", 0, 0)
    lengths = paragraphs([*corpus.train, *corpus.val])
    found = Analysis(
        name=prepared.meta.name if prepared else names[0],
        prepared_as=prepared.meta.name if prepared else "",
        sources=corpus.facts,
        left_out=located.left_out,
        bytes=corpus.bytes,
        characters=seen.total,
        lines=corpus.lines,
        distinct=len(seen.present),
        counts=most_frequent(seen),
        rare=rare,
        unusual=rare_count,
        once=int((seen.counts == 1).sum()),
        scripts=writing_systems(seen),
        paragraphs=lengths,
        tokenizers=tried.facts,
        train_tokens=tried.train_tokens,
        val_tokens=tried.val_tokens,
        vocab_size=tried.tokenizer.vocab_size,
        uniform_loss=math.log(tried.tokenizer.vocab_size),
        unigram_loss=tried.losses.unigram,
        bigram_loss=tried.losses.bigram,
        is_estimate=not tried.portion.is_whole,
        cleaning=cleaned,
        overlap=shared.share,
        overlap_is_estimate=shared.is_estimate,
        presets=tried.presets(),
        advice=(),
        sample=_sample(tried.tokenizer, corpus.train),
    )
    halves = sum(one.removed for one in corpus.removed if one.step == HALVES)
    told = advice(found, recipe.tokenizer, seen.count("\ufffd"), misread, halves)
    return replace(found, advice=told)


class _Tried:
    """Every tokenizer on a portion of the text, and what the chosen one makes of it."""

    def __init__(self, recipe: Recipe, corpus: Corpus, home: Path, say: Say) -> None:
        self.portion = portion_of(corpus)
        self.facts: tuple[TokenizerFact, ...] = ()
        for kind in TOKENIZERS:
            if kind == "bpe" != recipe.tokenizer and _has_long_words(self.portion.train):
                self.facts += (_unusable(kind, "Not tried: the text has hardly any blanks."),)
                continue
            say(f"trying the tokenizer {kind}", 0, 0)
            wanted = replace(recipe, tokenizer=kind)
            try:
                tokenizer = make_tokenizer(wanted, self.portion.train, corpus.seen, home, say)
            except TtgptError as error:
                if kind == recipe.tokenizer:
                    raise
                self.facts += (_unusable(kind, f"{error.what} {error.why}"),)
                continue
            train, val = (
                _array(tokenizer, part) for part in (self.portion.train, self.portion.val)
            )
            tokens = self._scaled(train, val)
            self.facts += (_tokenizer_fact(kind, tokenizer, sum(tokens), corpus, self.portion),)
            if kind == recipe.tokenizer:
                self.tokenizer, (self.train_tokens, self.val_tokens) = tokenizer, tokens
                size = tokenizer.vocab_size
                self.losses = ngrams.losses(
                    ngrams.count(train, size), ngrams.count(val, size), size
                )

    def presets(self) -> tuple[PresetFact, ...]:
        """Put each preset on the text."""
        return tuple(self._preset(name) for name in presets.names())

    def _scaled(self, train: Tokens, val: Tokens) -> tuple[int, int]:
        return (
            round(len(train) * self.portion.train_scale),
            round(len(val) * self.portion.val_scale),
        )

    def _preset(self, name: str) -> PresetFact:
        config, vocab_size = presets.load(name).config, self.tokenizer.vocab_size
        block_size, tokens = config.model.block_size, self.train_tokens
        fits = min(tokens, self.val_tokens) > block_size
        return PresetFact(
            name=name,
            parameters=parameter_count(config.model, vocab_size),
            block_size=block_size,
            tokens_per_parameter=tokens_per_parameter(tokens, config.model, vocab_size),
            epochs=schedule.resolve_steps(config.train, max(1, tokens), block_size)[1],
            problem="" if fits else f"a part is shorter than its block of {block_size:,} tokens",
        )


def _misread(texts: Sequence[RawText], recipe: Recipe) -> tuple[str, ...]:
    """Name the files that are UTF-8 but shall be read in an encoding that can read any byte."""
    if recipe.encoding not in _ANY_BYTE:
        return ()
    files = [text for text in texts if text.source.kind in ("file", "stdin")]
    return tuple(text.source.name for text in files if is_utf8(text.content))


def most_frequent(seen: CodePoints) -> tuple[CharacterCount, ...]:
    """List the characters, the most frequent first."""
    order = sorted(seen.present, key=lambda place: (-seen.counts[place], place))
    return tuple(_count(seen, place) for place in order[:_MOST_LISTED])


def unusual(seen: CodePoints) -> tuple[tuple[CharacterCount, ...], int]:
    """List the characters that hardly occur, the rarest first, and count all of them."""
    most = max(1, seen.total // _ONE_IN)
    found = [place for place in seen.present if seen.counts[place] <= most]
    order = sorted(found, key=lambda place: (seen.counts[place], place))
    return tuple(_count(seen, place) for place in order[:_MOST_LISTED]), len(found)


def writing_systems(seen: CodePoints) -> tuple[str, ...]:
    """Name the scripts that letters belong to, by the first word of their Unicode names."""
    found: Counter[str] = Counter()
    for place in seen.present:
        if unicodedata.category(chr(place)).startswith("L"):
            script = unicodedata.name(chr(place), "unknown").split()[0].capitalize()
            found[script] += int(seen.counts[place])
    total = sum(found.values())
    return tuple(name for name, n in found.most_common() if n > _SCRIPT_SHARE * total)


def _count(seen: CodePoints, place: int) -> CharacterCount:
    return CharacterCount(character=chr(place), count=int(seen.counts[place]))


def _array(tokenizer: Tokenizer, pieces: Pieces) -> Tokens:
    empty = np.zeros(0, dtype_of(tokenizer.vocab_size))
    return np.concatenate([empty, *encoded(tokenizer, pieces)])


def _tokenizer_fact(
    kind: str, tokenizer: Tokenizer, tokens: int, corpus: Corpus, portion: Portion
) -> TokenizerFact:
    exact = {"char": corpus.seen.total, "byte": corpus.bytes}
    tokens = exact.get(kind, tokens)
    return TokenizerFact(
        kind=kind,
        vocab_size=tokenizer.vocab_size,
        tokens=tokens,
        characters_per_token=corpus.seen.total / max(1, tokens),
        is_estimate=kind not in exact and not portion.is_whole,
        problem="",
    )


def _has_long_words(pieces: Pieces) -> bool:
    """Say whether a text is no text of words: bpe would learn for long, and of little use."""
    parts = [str(block, "utf-8") for piece in pieces for block in blocks(piece)]
    long = sum(bpe.share_of_long_words(part) * len(part) for part in parts)
    return long > _LONG_SHARE * sum(map(len, parts))


def _unusable(kind: str, problem: str) -> TokenizerFact:
    return TokenizerFact(
        kind=kind,
        vocab_size=0,
        tokens=0,
        characters_per_token=0.0,
        is_estimate=False,
        problem=problem,
    )


def _sample(tokenizer: Tokenizer, train: Pieces) -> str:
    text = bytes(train[0][: 4 * _SHOWN]).decode("utf-8", "ignore")[:_SHOWN]
    return tokenizer.decode(tokenizer.encode(text))
