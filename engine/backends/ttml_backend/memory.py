"""Whether a run fits into a chip's DRAM; an estimate, said before the device is opened."""

from __future__ import annotations

import dataclasses

from ... import estimate
from ...boards import GIB, find_board
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
    rows = train.batch_size
    while rows > train.devices and _bytes(model, train, vocab_size, rows) > dram:
        rows = max(train.devices, rows // 2)
    fits = _bytes(model, train, vocab_size, rows) <= dram
    raise UsageError(
        f"This run needs about {needed / GIB:.1f} GiB on each chip.",
        f"{name} has {dram / GIB:.0f} GiB.",
        f"Set train.batch_size to {rows} and train.grad_accum_steps to "
        f"{train.grad_accum_steps * -(-train.batch_size // rows)}."
        if fits
        else "Choose a smaller network.",
    )


def _bytes(model: ModelConfig, train: TrainConfig, vocab_size: int, rows: int) -> int:
    smaller = dataclasses.replace(train, batch_size=rows)
    return estimate.card_bytes(model, smaller, vocab_size)
