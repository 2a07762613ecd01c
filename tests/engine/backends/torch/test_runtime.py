"""Precision and threads: a rule on the configuration and the host."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from small_torch import batch, small_model, small_session, small_training

from ttgpt.engine import presets
from ttgpt.engine.backends.torch_backend.runtime import precision_for, threads_for
from ttgpt.engine.config import ModelConfig

B: dict[str, Any] = {"n_layer": 4, "n_head": 4, "n_embd": 128, "block_size": 64, "bias": False}


@pytest.mark.parametrize(
    ("model", "batch_size", "threads"),
    [
        ({"n_layer": 4, "n_head": 4, "n_embd": 64, "block_size": 32}, 16, 1),
        (B, 8, 1),
        (B, 12, 2),
        (B, 32, 5),
        ({"n_layer": 6, "n_head": 6, "n_embd": 384, "block_size": 256}, 4, 16),
    ],
)
def test_threads_follow_the_work_of_a_micro_batch(
    model: dict[str, Any], batch_size: int, threads: int
) -> None:
    train = small_training(batch_size=batch_size, threads=None)
    assert threads_for(ModelConfig(**model), train, 65, 16) == threads
    assert threads_for(ModelConfig(**model), train, 65, 1) == 1


def test_the_demo_uses_two_cores() -> None:
    config = presets.load("demo").config
    assert threads_for(config.model, config.train, 63, 2) == 2


def test_what_is_asked_is_taken() -> None:
    for asked in ("float32", "bfloat16"):
        assert precision_for(asked, torch.device("cpu")) == asked


def test_apples_gpu_keeps_float32() -> None:
    assert precision_for("auto", torch.device("mps")) == "float32"


@pytest.mark.parametrize(("capability", "precision"), [((7, 5), "float32"), ((9, 0), "bfloat16")])
def test_a_gpu_with_bfloat16_uses_it(
    capability: tuple[int, int], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert precision_for("auto", torch.device("cuda:0")) == precision


def test_a_session_follows_the_rule_and_a_resumed_one_what_it_began_with() -> None:
    auto = small_training(precision="auto", threads=None)
    found = small_session(train=auto).describe()
    assert found.dtype == precision_for("auto", torch.device("cpu"))
    assert found.numerics["threads"] == 1  # there is too little work for more
    for precision in ("float32", "bfloat16"):
        resumed = small_session(train=auto, numerics={"precision": precision, "threads": 3})
        assert resumed.describe().dtype == precision
        assert resumed.describe().numerics["threads"] == 3
    assert small_session(train=auto, training=False).describe().dtype == "float32"


def test_equal_sessions_step_alike() -> None:
    auto = small_training(precision="auto", threads=None)
    one, other = (small_session(small_model(dropout=0.2), auto) for _ in "ab")
    for seed in range(3):
        results = [s.train_step([batch(seed)], 1e-2) for s in (one, other)]
        assert float(results[0].loss) == float(results[1].loss)
