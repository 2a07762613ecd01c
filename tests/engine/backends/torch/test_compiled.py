"""The compiled step; the compiler's C++ is left out here, which would take a minute."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_torch import batch, small_model, small_session, small_training

_compile: Callable[..., Any] = torch.compile


@pytest.fixture
def without_cpp(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_(function: Any, *, dynamic: bool, options: dict[str, Any]) -> Any:
        assert options == {"fallback_random": True}  # or other units would be dropped
        return _compile(function, backend="aot_eager", dynamic=dynamic)

    monkeypatch.setattr(torch, "compile", compile_)


def _losses(session: Any) -> list[float]:
    return [float(session.train_step([batch(seed)], 1e-2).loss) for seed in range(4)]


@pytest.mark.usefixtures("without_cpp")
@pytest.mark.parametrize("dropout", [0.0, 0.1])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_compiled_passes_give_the_same_losses(precision: str, dropout: float) -> None:
    model = small_model(dropout=dropout)
    plain = small_session(model, small_training(precision=precision))
    said: list[str] = []
    train = small_training(precision=precision, compile="first")
    compiled = small_session(model, train, report=said.append)
    assert said == ["compiling the training step"]
    assert compiled.describe().note == "The step is compiled."
    assert compiled.describe().numerics["compiled_from"] == 0
    assert _losses(compiled) == pytest.approx(_losses(plain), abs=1e-3)


def test_a_compiler_that_fails_is_said_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("no C++ here\nand much more")

    monkeypatch.setattr(torch, "compile", lambda function, **options: fail)
    session = small_session(train=small_training(compile="first"))
    assert session.describe().note == "The step is not compiled: RuntimeError: no C++ here."
    assert "compiled_from" not in session.describe().numerics
    assert _losses(session) == _losses(small_session())


def test_where_compiled_code_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")  # to be put back
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    seen = []

    def compile_(function: Any, **options: Any) -> Any:
        seen.append(os.environ["TORCHINDUCTOR_CACHE_DIR"])
        return function

    monkeypatch.setattr(torch, "compile", compile_)
    small_session(train=small_training(compile="first"), cache=tmp_path / "compiled")
    assert seen == [str(tmp_path / "compiled")]
