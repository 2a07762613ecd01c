"""Choosing between float32 and bfloat16 by timing both.

Which one is faster depends on the processor and on the shapes: hosts without bfloat16 instructions
emulate it, and small layers lose more in conversions than they gain in products.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable

import numpy as np

from .torch_loss import mean_loss
from .torch_model import LanguageModel
from .torch_runtime import Runtime

SecondsOf = Callable[[str, int], float]
"""Seconds that a pass takes in a precision, with a number of sequences."""

PRECISIONS = ("float32", "bfloat16")
_LARGEST_RATIO = 0.95
_BUDGET_S = 1.5
_PASS_S = 0.25
_ROUNDS = 9


def choose(seconds_of: SecondsOf, batch_size: int) -> tuple[str, str]:
    """Take bfloat16 if it is at least 5 % faster.

    Passes alternate, so that a busy moment of the host falls on both. Where a whole batch would
    take long, fewer sequences are timed.

    Returns:
        The precision and a few words on why.
    """
    first = [seconds_of(precision, 1) for precision in PRECISIONS]  # also loads the kernels
    sequences = min(batch_size, max(1, int(_PASS_S / max(first))))
    rounds: list[list[float]] = []
    while len(rounds) < _ROUNDS and sum(map(sum, rounds)) < _BUDGET_S:
        rounds.append([seconds_of(precision, sequences) for precision in PRECISIONS])
    float32_s, bfloat16_s = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratio = bfloat16_s / float32_s
    if ratio <= _LARGEST_RATIO:
        return "bfloat16", f"bfloat16: {ratio:.2f} of the float32 step (measured)"
    return "float32", f"float32: a bfloat16 step takes {ratio:.2f} of it (measured)"


def pass_timer(model: LanguageModel, runtime: Runtime) -> SecondsOf:
    """Make a function that times one forward and backward pass over random tokens.

    It leaves no gradient behind. Dropout draws from PyTorch's generator, which every training step
    seeds anew.
    """
    config = model.config
    rng = np.random.default_rng(0)

    def seconds_of(precision: str, sequences: int) -> float:
        size = (sequences, config.block_size)
        ids = runtime.ids(rng.integers(model.wte.num_embeddings, size=size))
        start = time.perf_counter()
        with dataclasses.replace(runtime, precision=precision).arithmetic():
            loss = mean_loss(model, ids, ids)
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = model.wte.weight.grad  # the last to be ready
        assert gradient is not None
        gradient[0, 0].item()  # waits for the device
        seconds = time.perf_counter() - start
        model.zero_grad(set_to_none=True)
        return seconds

    runtime.claim_threads()
    model.train()
    return seconds_of
