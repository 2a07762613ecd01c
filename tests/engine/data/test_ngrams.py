import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.data import ngrams


def losses(train: list[int], val: list[int], vocab_size: int) -> ngrams.Losses:
    parts = (np.array(part, dtype=np.uint16) for part in (train, val))
    known, asked = (ngrams.count(part, vocab_size) for part in parts)
    return ngrams.losses(known, asked, vocab_size)


def unigram_loss(train: list[int], val: list[int], vocab_size: int) -> float:
    return losses(train, val, vocab_size).unigram


def bigram_loss(train: list[int], val: list[int], vocab_size: int) -> float:
    return losses(train, val, vocab_size).bigram


tokens = st.lists(st.integers(0, 4), min_size=2, max_size=50)


def test_by_hand() -> None:
    train, val = [0, 0, 1, 0], [0, 1, 1]
    # 3 and 1 of 4, smoothed over 2 tokens: 4/6 and 2/6.
    assert unigram_loss(train, val, 2) == pytest.approx(
        -(math.log(4 / 6) + 2 * math.log(2 / 6)) / 3
    )
    # After 0 came 0 once and 1 once; after 1 came 0 once: p(1|0) = 2/4, p(1|1) = 1/3.
    assert bigram_loss(train, val, 2) == pytest.approx(-(math.log(2 / 4) + math.log(1 / 3)) / 2)


@given(train=tokens, val=tokens)
def test_against_the_formula_word_by_word(train: list[int], val: list[int]) -> None:
    vocab_size = 5

    def given_before(i: int, j: int) -> float:
        pairs = list(itertools.pairwise(train))
        return (pairs.count((i, j)) + 1) / (train[:-1].count(i) + vocab_size)

    slow = [-math.log(given_before(i, j)) for i, j in itertools.pairwise(val)]
    alone = [-math.log((train.count(j) + 1) / (len(train) + vocab_size)) for j in val]
    assert bigram_loss(train, val, vocab_size) == pytest.approx(sum(slow) / len(slow))
    assert unigram_loss(train, val, vocab_size) == pytest.approx(sum(alone) / len(alone))


@given(train=tokens)
def test_the_chances_after_each_token_add_up_to_one(train: list[int]) -> None:
    for before in range(5):
        costs = [bigram_loss(train, [before, j], 5) for j in range(5)]
        assert sum(math.exp(-cost) for cost in costs) == pytest.approx(1)


@pytest.mark.parametrize("vocab_size", [2, 65, 256, 257, 1_024])
def test_tables_and_sorting_count_alike(vocab_size: int) -> None:
    drawn = np.random.default_rng(vocab_size).integers(0, vocab_size, 3_001).astype(np.uint16)
    table = ngrams.PairTable(vocab_size)
    for start, end in itertools.pairwise([0, 1, 1, 2, 500, 1_003, 3_001]):
        table.add(drawn[start:end])
    dense, by_sorting = table.counted(), ngrams._sorted(drawn, vocab_size)
    for name in ("tokens", "firsts", "pairs", "pair_counts"):
        np.testing.assert_array_equal(getattr(dense, name), getattr(by_sorting, name))
    assert dense.pair_counts.sum() == 3_000


def test_a_long_part_with_a_large_vocabulary_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngrams, "_BLOCK", 100)
    monkeypatch.setattr(ngrams, "_MOST_SORTED", 300)
    long = np.arange(2_000, dtype=np.uint32)
    counted = ngrams.count(long, 2_000)
    assert counted.tokens.sum() == 300
    assert np.flatnonzero(counted.tokens)[[0, 100, 200]].tolist() == [0, 600, 1_300]
    assert ngrams.losses(counted, counted, 2_000).counted_tokens == 300


def test_of_a_long_part_with_a_small_vocabulary_blocks_at_even_distances_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ngrams, "_MOST_DENSE", 300)
    drawn = np.random.default_rng(1).integers(0, 65, 1_000).astype(np.uint16)
    table, known = ngrams.PairTable(65, longest=len(drawn)), np.zeros((65, 65), np.int64)
    for start in range(0, len(drawn), 50):
        table.add(drawn[start : start + 50])
    for start in range(0, len(drawn), 200):
        np.add.at(known, (drawn[start : start + 49], drawn[start + 1 : start + 50]), 1)
    counted = table.counted()
    # No pair over a gap; the token before a gap counts as a token, as nobody's first.
    np.testing.assert_array_equal(counted.pair_counts, known[known > 0])
    assert counted.tokens.sum() == 250
    assert counted.firsts.sum() == 245
