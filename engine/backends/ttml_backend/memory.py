"""Whether a run fits into a chip's DRAM; an estimate, said before the device is opened."""

from __future__ import annotations

import dataclasses

from ... import estimate
from ...config import ModelConfig, TrainConfig
from ...errors import UsageError
from .card import board

GIB = 1 << 30

DRAM = {
    "n150": 12 * GIB,
    "n300": 12 * GIB,
    "p100": 28 * GIB,
    "p150": 32 * GIB,
    "p300": 32 * GIB,
    "tt-galaxy-wh": 12 * GIB,
    "tt-galaxy-bh": 32 * GIB,
}
"""Bytes of a chip by the beginning of the board's name, after the vendor's product pages."""


def dram_of(board: str) -> int | None:
    """Give the bytes of one of the board's chips, or None for a board that is not known."""
    return next((size for name, size in DRAM.items() if board.startswith(name)), None)


def check_memory(model: ModelConfig, train: TrainConfig, vocab_size: int) -> None:
    """Refuse a run that cannot fit; what just fits may still fail.

    Raises:
        UsageError: It needs more than a chip has; gives a batch that would fit.
    """
    name = board()
    dram = dram_of(name)
    if dram is None:
        return
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
