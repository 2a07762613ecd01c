"""What the compiler makes of a training step, and what it costs, beside the step as it begins.

    python -m benchmarks.takeover [--short] [--only a,b,c,demo]

Two sessions of a model live in one process, in the precision and on the threads that are fastest
here; one is compiled. A few steps of each are timed in turn. `made` is the time that a child takes
with nothing made before and nothing beside it, `switch` how long training is held when that is
there.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.plain_loop import SHAPES
from benchmarks.train_step import in_turn, seconds_of
from ttgpt.engine import backends, presets
from ttgpt.engine.backends.torch_backend.compiling import Compiling
from ttgpt.engine.backends.torch_backend.plan import Plan
from ttgpt.engine.config import ModelConfig, TrainConfig

_VOCAB_SIZE = 65
_PAIRS = 15


def configs(name: str) -> tuple[ModelConfig, TrainConfig]:
    """Give a model by the name of its shape, or a preset's."""
    if name not in SHAPES:
        preset = presets.load(name).config
        return preset.model, preset.train
    shape = SHAPES[name]
    model = ModelConfig(
        arch="nanogpt", n_layer=shape.n_layer, n_head=shape.n_head, n_embd=shape.n_embd,
        block_size=shape.block_size, dropout=0.0, bias=False,
    )  # fmt: skip
    return model, TrainConfig(batch_size=shape.batch_size, max_steps=1000)


def measure(name: str, pairs: int, cache: Path) -> None:
    """Print one line."""
    model, train = configs(name)
    plain = backends.get("torch").open(model, train, _VOCAB_SIZE, 0)
    numerics = plain.describe().numerics
    made = seconds_to_compile(model, train, numerics, cache)
    compiled = backends.get("torch").open(
        model, train, _VOCAB_SIZE, 0, numerics={**numerics, "compiled_from": 0}
    )
    begun = time.perf_counter()
    said = compiled.tune(0.0)
    switch = time.perf_counter() - begun
    if "compiled_from" not in compiled.describe().numerics:
        print(f"{name:<5} {said}", flush=True)
        return
    ours, theirs = (partial(_step, session, model, train) for session in (compiled, plain))
    apart = max(abs(ours() - theirs()) for _ in range(10))
    mine, his, ratio = in_turn(partial(seconds_of, ours), partial(seconds_of, theirs), pairs)
    print(
        f"{name:<5} made {made:5.1f} s  switch {switch:4.1f} s  {mine:6.1f} ms instead of "
        f"{his:6.1f}  ratio {ratio}  losses of 10 "
        f"steps at most {apart:.5f} apart  {plain.describe().note or numerics['precision']}",
        flush=True,
    )


def seconds_to_compile(
    model: ModelConfig, train: TrainConfig, numerics: dict[str, Any], cache: Path
) -> float:
    """Have a child compile, with nothing made before."""
    plan = Plan(numerics["precision"], numerics["threads"])
    child = Compiling(model, train, _VOCAB_SIZE, plan, cache)
    begun = time.perf_counter()
    child.start()
    child.join()
    if child.trouble:
        raise SystemExit(child.trouble)
    return time.perf_counter() - begun


def _step(session: backends.Session, model: ModelConfig, train: TrainConfig) -> float:
    size = (2, train.batch_size, model.block_size)
    inputs, targets = np.random.default_rng(0).integers(_VOCAB_SIZE, size=size)
    return float(session.train_step([(inputs, targets)], 1e-4).loss)


def main(arguments: list[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args(arguments)
    names = asked.only or ("c" if asked.short else "a,b,c,demo")
    with tempfile.TemporaryDirectory(prefix="ttgpt-bench-") as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{cache}/compiled"
        print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
        for name in names.split(","):
            measure(name, 3 if asked.short else _PAIRS, Path(cache))


if __name__ == "__main__":
    main()
