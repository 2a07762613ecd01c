"""Tokens a second, as a multiple of a plain loop's that reads the whole text for each token.

    python -m benchmarks.generate [--short] [--only a,b,c]

Ours is what the app does for each token: decoder, sampler, text. One sample and eight; 500 tokens
each, which is past the block of every shape. The two take turns, and each pair gives a ratio. The
last columns are the milliseconds of a token within the block and past it: they should be the same.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.plain_loop import SHAPES, PlainLoop, Shape
from ttgpt.engine import backends
from ttgpt.engine.backends import Session
from ttgpt.engine.config import ModelConfig, TrainConfig
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.sampling.generation import Generation
from ttgpt.engine.sampling.sampler import SamplingConfig

TARGETS = {1: 10, 8: 20}
_TOKENS = 500
_PAIRS = {1: 5, 8: 2}
"""Eight samples take the plain loop minutes."""


def open_model(shape: Shape) -> Session:
    """Open a model of this shape for generation."""
    model = ModelConfig(
        arch="nanogpt", n_layer=shape.n_layer, n_head=shape.n_head, n_embd=shape.n_embd,
        block_size=shape.block_size, bias=False, tie_weights=True,
    )  # fmt: skip
    train = TrainConfig(batch_size=1, max_steps=1)
    return backends.get("torch").open(model, train, shape.vocab_size, 0, training=False)


def generation(session: Session, vocab_size: int, tokens: int, samples: int) -> Generation:
    """Prepare what the app runs for a prompt."""
    tokenizer = CharTokenizer("\n" + "".join(chr(0x100 + i) for i in range(vocab_size - 1)))
    return Generation(
        session, tokenizer, "\n", SamplingConfig(0.8, 40), seed=1,
        max_new_tokens=tokens, num_samples=samples,
    )  # fmt: skip


def seconds_of(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def token_times(session: Session, shape: Shape) -> tuple[float, float]:
    """Give the mean milliseconds of a token in the block's second half, and past the block."""
    ends = []
    for _ in generation(session, shape.vocab_size, 4 * shape.block_size, 1).tokens():
        ends.append(time.perf_counter())
    gaps = 1000 * np.diff(ends)
    half, block = shape.block_size // 2, shape.block_size
    return float(gaps[half:block].mean()), float(gaps[block:].mean())


def measure(shape: Shape, samples: int, pairs: int) -> None:
    """Print one line."""
    plain = PlainLoop(shape, np.zeros(1000, np.uint16))
    session = open_model(shape)

    def ours() -> None:
        for _ in generation(session, shape.vocab_size, _TOKENS, samples).tokens():
            pass

    def theirs() -> None:
        plain.generate(_TOKENS, samples)

    generation(session, shape.vocab_size, 2, samples).tokens()
    found = [(seconds_of(ours), seconds_of(theirs)) for _ in range(pairs)]
    ratios = sorted(slow / fast for fast, slow in found)
    mine, plainly = (
        samples * _TOKENS / statistics.median(column) for column in zip(*found, strict=True)
    )
    within, past = token_times(session, shape)
    print(
        f"{shape.name}  {samples} samples  {mine:7.0f} tokens/s  plain {plainly:6.0f}  "
        f"ratio {statistics.median(ratios):5.1f} ({ratios[0]:.1f}-{ratios[-1]:.1f})  "
        f"wanted {TARGETS[samples]}  {within:.2f} ms within the block, {past:.2f} past it",
        flush=True,
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="a,b,c")
    args = parser.parse_args(arguments)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name in args.only.split(","):
        for samples in TARGETS:
            measure(SHAPES[name], samples, 1 if args.short else _PAIRS[samples])


if __name__ == "__main__":
    main()
