"""Whether a run fits into a chip's DRAM; an estimate, said before the device is opened."""

from __future__ import annotations

import dataclasses

from ... import estimate
from ...cards.boards import GIB, find_board
from ...config import ModelConfig, TrainConfig
from ...errors import UsageError
from .card import board


def check_memory(model: ModelConfig, train: TrainConfig, vocab_size: int) -> None:
    """Refuse a run that cannot fit; what just fits may still fail.

    Raises:
        UsageError: It needs more than a chip has; gives a batch that would fit.
    """
    name = board()
    kind = find_board(name)
    if kind is None:
        return
    dram = kind.dram
    needed = estimate.card_bytes(model, train, vocab_size)
    if needed <= dram:
        return
    smaller = _that_fits(model, train, vocab_size, dram)
    raise UsageError(
        f"This run needs about {needed / GIB:.1f} GiB on each chip.",
        f"{name} has {dram / GIB:.0f} GiB.",
        f"Set train.batch_size to {smaller.batch_size} and train.grad_accum_steps to "
        f"{smaller.grad_accum_steps}."
        if smaller
        else "Choose a smaller network.",
    )


def _that_fits(
    model: ModelConfig, train: TrainConfig, vocab_size: int, dram: int
) -> TrainConfig | None:
    """Find the largest batch that fits, and divides the sequences of a step as the chips want."""
    whole = train.sequences_per_step
    for rows in range(train.batch_size - 1, 0, -1):
        if whole % rows or rows % train.devices:
            continue
        smaller = dataclasses.replace(train, batch_size=rows, grad_accum_steps=whole // rows)
        if estimate.card_bytes(model, smaller, vocab_size) <= dram:
            return smaller
    return None
