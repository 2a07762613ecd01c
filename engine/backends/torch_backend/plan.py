"""How to compute a training step here: in which precision and on how many threads, by timing it.

What is fastest depends on the processor and on the shapes. Hosts without bfloat16 instructions
emulate it; and small layers lose more in waking threads than they gain from them.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .flat import FlatParameters
from .loss import mean_loss
from .model import LanguageModel
from .passes import add_gradient
from .runtime import Runtime

_HANDICAP = 1.05
"""bfloat16 must be this many times as fast: rounding is not for nothing."""
_BUDGET_S = 3.0
"""Seconds of timed passes after which no further round begins."""
_PASS_S = 0.6
"""Longest pass that is timed; where a batch takes longer, some of its sequences are. A few tell
less: two threads gained nothing over 256 tokens where they gained a third over 1,024."""
_LARGE_S = 0.5
"""A model whose first pass over one sequence takes this long is timed with all threads alone."""
_ROUNDS = 9
"""Timed passes of each plan, at most."""
_HOPELESS = 1.4
"""A plan that takes this many times the best one's time is dropped after two rounds."""


@dataclass(frozen=True)
class Plan:
    """One way to compute a step."""

    precision: str
    threads: int

    def __str__(self) -> str:
        """Give it in words: `bfloat16 on 1 thread`."""
        return f"{self.precision} on {self.threads} thread{'s' if self.threads > 1 else ''}"


SecondsOf = Callable[[Plan, int], float]
"""Seconds that a pass takes by a plan, with a number of sequences."""


def plans(precision: str, threads: int | None, cores: int) -> list[Plan]:
    """Give the plans to choose from; the first one is what to compare with.

    Args:
        precision: A precision, or `auto`.
        threads: Threads, or None to choose.
        cores: Cores this process may use.
    """
    precisions = ("float32", "bfloat16") if precision == "auto" else (precision,)
    counts = [threads] if threads else sorted({cores, cores // 2 or 1, min(cores, 4), 1})[::-1]
    return [Plan(p, count) for count in counts for p in precisions]


def choose(seconds_of: SecondsOf, asked: Sequence[Plan], batch_size: int) -> tuple[Plan, str]:
    """Take the fastest plan.

    Passes alternate, so that a busy moment of the host falls on all. Where a whole batch would
    take long, fewer sequences are timed.

    Returns:
        The plan and a few words on why.
    """
    first = seconds_of(asked[0], 1)
    if first > _LARGE_S:  # a large model keeps all threads busy
        asked = [plan for plan in asked if plan.threads == asked[0].threads]
    if len(asked) == 1:
        return asked[0], ""
    loading = [first, *(seconds_of(plan, 1) for plan in asked[1:])]  # the kernels, too
    one_pass = [s if s > _PASS_S else seconds_of(p, 1) for p, s in zip(asked, loading, strict=True)]
    sequences = min(batch_size, max(1, int(_PASS_S / max(one_pass))))
    times: dict[Plan, list[float]] = {plan: [] for plan in asked}
    running, spent = list(asked), 0.0
    for done in range(_ROUNDS):
        if spent > _BUDGET_S:
            break
        if done == 2:
            running = _still_hopeful(times)
        for plan in running:
            times[plan].append(seconds_of(plan, sequences))
            spent += times[plan][-1]
    best = min(times, key=lambda plan: _cost(plan, times[plan]))
    return best, _in_words(best, asked[0], times)


def pass_timer(model: LanguageModel, flat: FlatParameters, runtime: Runtime) -> SecondsOf:
    """Make a function that times one forward and backward pass over random tokens.

    The next step forgets the gradient that it leaves. Dropout draws from PyTorch's generator, which
    every training step seeds anew.
    """
    config = model.config
    rng = np.random.default_rng(0)

    def seconds_of(plan: Plan, sequences: int) -> float:
        size = (sequences, config.block_size)
        tried = dataclasses.replace(runtime, precision=plan.precision, threads=plan.threads)
        ids = tried.ids(rng.integers(model.wte.num_embeddings, size=size))
        tried.claim_threads()
        flat.follow(model, tried)
        start = time.perf_counter()
        flat.prepare_step()
        add_gradient(mean_loss, model, flat, tried, ids, ids)
        torch.linalg.vector_norm(flat.gradient).item()  # waits for the device
        return time.perf_counter() - start

    model.train()
    return seconds_of


def _still_hopeful(times: dict[Plan, list[float]]) -> list[Plan]:
    best = min(min(found) for found in times.values())
    return [plan for plan, found in times.items() if min(found) <= _HOPELESS * best]


def _cost(plan: Plan, found: Sequence[float]) -> float:
    return statistics.median(found) * (_HANDICAP if plan.precision == "bfloat16" else 1.0)


def _in_words(best: Plan, usual: Plan, times: dict[Plan, list[float]]) -> str:
    if best == usual:
        return f"{best}: the fastest of {len(times)} ways (measured)"
    ratio = statistics.median(times[best]) / statistics.median(times[usual])
    return f"{best}: {ratio:.2f} of the time of {usual} (measured)"
