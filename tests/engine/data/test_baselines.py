import itertools
import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.data.baselines import bigram_loss, unigram_loss

tokens = st.lists(st.integers(0, 4), min_size=2, max_size=50)


def test_by_hand() -> None:
    train, val = array("H", [0, 0, 1, 0]), array("H", [0, 1, 1])
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
    assert bigram_loss(array("H", train), array("H", val), vocab_size) == pytest.approx(
        sum(slow) / len(slow)
    )
    assert unigram_loss(array("H", train), array("H", val), vocab_size) == pytest.approx(
        sum(alone) / len(alone)
    )


@given(train=tokens)
def test_the_chances_after_each_token_add_up_to_one(train: list[int]) -> None:
    for before in range(5):
        costs = [bigram_loss(array("H", train), array("H", [before, j]), 5) for j in range(5)]
        assert sum(math.exp(-cost) for cost in costs) == pytest.approx(1)
