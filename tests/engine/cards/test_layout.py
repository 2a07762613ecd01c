"""How presets are laid out on boards."""

from __future__ import annotations

import pytest

from ttgpt.engine import estimate, presets
from ttgpt.engine.backends.ttml_backend.constraints import check_config
from ttgpt.engine.cards.boards import BOARDS, GIB, Board
from ttgpt.engine.cards.layout import HEADROOM, in_words, lay_out

NOT_IN_TILES = {"keats"}


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_says_how_it_is_laid_out_on_each_board(name: str) -> None:
    preset = presets.load(name)
    vocab_size = 256 if preset.config.data.tokenizer == "byte" else 128
    expected = {}
    for board in BOARDS if name not in NOT_IN_TILES else ():
        train = lay_out(preset.config, vocab_size, board)
        if train is not None:
            check_config(preset.config.model, train)
            assert train.sequences_per_step == preset.config.train.sequences_per_step
            assert train.batch_size % train.devices == 0
            needed = estimate.card_bytes(preset.config.model, train, vocab_size)
            assert needed <= HEADROOM * board.dram
            expected[board.name] = in_words(train)
    assert preset.cards == expected
    assert preset.on_card


def test_less_memory_means_more_passes() -> None:
    config = presets.load("midi").config
    passes = []
    for gib in (32, 12, 6, 1):
        train = lay_out(config, 256, Board("x", 1, gib * GIB))
        passes.append(train.grad_accum_steps if train else 0)
    assert passes[0] < passes[1] < passes[2]
    assert passes[3] == 0


def test_words() -> None:
    config = presets.load("mega").config
    train = lay_out(config, 256, Board("x", 2, 32 * GIB))
    assert train is not None
    assert in_words(train) == "batch 8 on 2 chips, 4 passes a step"
