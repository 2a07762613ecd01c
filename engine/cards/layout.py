"""How a run is best laid out on a board: the same sequences a step, in as few passes as fit."""

from __future__ import annotations

import dataclasses

from .. import estimate
from ..config import RunConfig, TrainConfig
from .boards import Board

FEWEST = 8
"""Sequences a chip should have: with fewer, chips wait for each other more than they compute."""

HEADROOM = 0.8
"""Share of a chip's memory that an estimate may fill."""


def lay_out(config: RunConfig, vocab_size: int, board: Board) -> TrainConfig | None:
    """Give the training settings for a board; None where not even one sequence fits.

    A step sees the same sequences as before, so that learning rate and length stay right.

    Args:
        config: The run.
        vocab_size: Tokens in the vocabulary.
        board: The board.
    """
    whole = config.train.sequences_per_step
    for devices in _divisors(board.chips):
        if devices > 1 and (whole % devices or whole // devices < FEWEST):
            continue
        for batch_size in _divisors(whole):
            if batch_size % devices:
                continue
            train = dataclasses.replace(
                config.train,
                batch_size=batch_size,
                grad_accum_steps=whole // batch_size,
                devices=devices,
            )
            needed = estimate.card_bytes(config.model, train, vocab_size)
            if needed <= HEADROOM * board.dram:
                return train
    return None


def in_words(train: TrainConfig) -> str:
    """Say how a run is laid out: `batch 64`, `batch 64 on 2 chips`, `batch 8, 4 passes a step`."""
    chips = f" on {train.devices} chips" if train.devices > 1 else ""
    passes = f", {train.grad_accum_steps} passes a step" if train.grad_accum_steps > 1 else ""
    return f"batch {train.batch_size}{chips}{passes}"


def _divisors(number: int) -> list[int]:
    """List a number's divisors, largest first."""
    return [n for n in range(number, 0, -1) if number % n == 0]
