from dataclasses import replace

import pytest
from written_run import opened

from ttgpt.engine.config import ModelConfig
from ttgpt.tui.watching.peak import share_of_peak, teraflops

LESSON = ModelConfig(n_layer=6, n_head=6, n_embd=384, block_size=256)


def test_the_lessons_network_on_an_n150_uses_a_fifth_of_it() -> None:
    card = replace(opened(), device="n150")
    # 220,000 tokens a second, each 6 x 10.7 million + 12 x 6 layers x 384 x 256 operations.
    assert share_of_peak(card, LESSON, 220_000) == pytest.approx(0.21, abs=0.01)


def test_chips_add_up() -> None:
    assert teraflops(replace(opened(), device="n300, 8 chips", device_count=8)) == 8 * 65.5


def test_what_is_not_known_is_not_told() -> None:
    assert teraflops(None) is None
    assert share_of_peak(opened(), LESSON, 1000.0) is None
    card = replace(opened(), device="n150")
    assert share_of_peak(card, None, 1000.0) is None
    assert share_of_peak(card, LESSON, None) is None
