"""`train.compile`; the compiler's C++ is left out, which would take a minute."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch
from small_torch import batch, small_model, small_session, small_training


def _losses(session: Any) -> list[float]:
    return [float(session.train_step([batch(seed)], 1e-2).loss) for seed in range(4)]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_compiled_passes_give_the_same_losses(
    precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = small_session(train=small_training(precision=precision))
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    said: list[str] = []
    train = small_training(precision=precision, compile=True)
    compiled = small_session(train=train, report=said.append)
    assert compiled.describe().numerics["compiled"]
    assert "compiling the training step" in said
    assert _losses(compiled) == pytest.approx(_losses(plain), abs=1e-3)


def test_a_compiler_that_fails_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("no C++ here\nand much more")

    monkeypatch.setattr(torch, "compile", lambda function, dynamic: fail)
    session = small_session(train=small_training(compile=True))
    assert session.describe().note == "not compiled: RuntimeError: no C++ here"
    assert not session.describe().numerics["compiled"]
    assert _losses(session) == _losses(small_session())


def test_a_run_goes_on_as_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    began = small_session(train=small_training(compile=True)).describe().numerics
    goes_on = small_session(small_model(), small_training(compile=False), numerics=began)
    assert goes_on.describe().numerics["compiled"]
