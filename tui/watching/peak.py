"""How much of what a card can compute a run makes use of, where that is known."""

from __future__ import annotations

from ttgpt.engine.config import ModelConfig
from ttgpt.engine.estimate import flops_per_token
from ttgpt.engine.events import Opened

TERAFLOPS = {"n150": 74.0, "n300": 65.5}
"""Of a chip with 16-bit numbers, as docs.tenstorrent.com/aibs/wormhole/specifications.html gives
them (an n300 has two chips: 131). For Blackhole that page gives none."""


def teraflops(opened: Opened | None) -> float | None:
    """Give what a run's device computes at most, in 10^12 operations a second; None if unknown."""
    if opened is None:
        return None
    of_a_chip = TERAFLOPS.get(opened.device.partition(",")[0].lower())
    return of_a_chip * opened.device_count if of_a_chip is not None else None


def share_of_peak(
    opened: Opened | None, model: ModelConfig | None, tokens_per_s: float | None
) -> float | None:
    """Give the operations that a model's training needs, as a share of the device's most."""
    peak = teraflops(opened)
    if opened is None or peak is None or model is None or tokens_per_s is None:
        return None
    return tokens_per_s * flops_per_token(model, opened.vocab_size) / (peak * 1e12)
