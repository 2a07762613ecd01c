"""The compiled step; the compiler's C++ is left out here, which would take a minute."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_torch import batch, small_model, small_session, small_training

from ttgpt.engine.backends.torch_backend import compiling, takeover
from ttgpt.engine.backends.torch_backend.compiling import Compiling
from ttgpt.engine.backends.torch_backend.loss import mean_loss
from ttgpt.engine.backends.torch_backend.plan import Plan

LONG = 1e6
"""Seconds left for which any compiling pays."""
BEGUN = "The step is being compiled beside the training."

_compile: Callable[..., Any] = torch.compile


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))


@pytest.fixture
def without_cpp(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_(function: Any, *, dynamic: bool, options: dict[str, Any]) -> Any:
        assert options == {"fallback_random": True}  # or other units would be dropped
        return _compile(function, backend="aot_eager", dynamic=dynamic)

    monkeypatch.setattr(torch, "compile", compile_)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("no C++ here\nand much more")

    monkeypatch.setattr(torch, "compile", lambda function, **options: fail)


def _losses(session: Any, seeds: range = range(4)) -> list[float]:
    return [float(session.train_step([batch(seed)], 1e-2).loss) for seed in seeds]


class Child:
    """A compiling child that is at it as long as a test wants."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble
        self.begun = self.cancelled = False
        self.alive = True

    def start(self) -> None:
        self.begun = True

    def is_alive(self) -> bool:
        return self.alive

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    made = Child()
    monkeypatch.setattr("ttgpt.engine.backends.torch_backend.session.Compiling", lambda *_: made)
    monkeypatch.setattr(takeover, "_SETTLE_S", 0.0)
    monkeypatch.setattr("ttgpt.engine.host.memory.available_bytes", lambda: None)
    return made


def _took(
    monkeypatch: pytest.MonkeyPatch, ratio: float, loss: float = 0.0, norm: float = 0.0
) -> None:
    found = takeover.Compared(loss, norm, ratio)
    monkeypatch.setattr(takeover, "_compared", lambda training, compiled: found)


@pytest.mark.usefixtures("without_cpp")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_compiled_passes_give_the_same_losses(precision: str) -> None:
    plain = small_session(train=small_training(precision=precision))
    said: list[str] = []
    train = small_training(precision=precision, compile="first")
    compiled = small_session(train=train, report=said.append)
    assert compiled.describe().numerics["compiled_from"] == 0
    assert compiled.tune(0.0) == "The step is compiled."
    assert said == ["compiling the training step"]
    assert compiled.tune(LONG) == ""
    assert _losses(compiled) == pytest.approx(_losses(plain), abs=1e-3)


@pytest.mark.usefixtures("broken")
def test_a_compiler_that_fails_is_said_and_nothing_changes() -> None:
    session = small_session(train=small_training(compile="first"))
    assert session.tune(0.0) == "The step is not compiled: RuntimeError: no C++ here."
    numerics = session.describe().numerics
    assert "compiled_from" not in numerics
    assert _losses(session) == _losses(small_session())
    goes_on = small_session(train=small_training(compile="first"), numerics=numerics)
    assert goes_on.tune(LONG) == ""


@pytest.mark.usefixtures("without_cpp")
def test_training_goes_on_while_the_child_compiles(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _took(monkeypatch, 0.654)
    session = small_session(measured=tmp_path)
    plain = _losses(small_session(), range(6))
    assert session.tune(takeover._WORTH_S - 1) == ""
    assert not child.begun
    assert session.tune(LONG) == BEGUN
    assert child.begun
    assert session.tune(LONG) == ""
    assert _losses(session, range(3)) == plain[:3]
    child.alive = False
    assert (
        session.tune(0.0)
        == "The compiled step takes over, in 0.65 of the plain one's time (measured)."
    )
    assert session.describe().numerics["compiled_from"] == 3
    assert _losses(session, range(3, 6)) == pytest.approx(plain[3:], abs=1e-3)
    assert session.tune(LONG) == ""


@pytest.mark.usefixtures("without_cpp")
@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((0.97,), "it takes 0.97 of the plain one's time."),
        ((0.5, 0.004), "its loss is 0.004 away, its gradient's norm 0 of it."),
        ((0.5, 0.0, 0.02), "its loss is 0 away, its gradient's norm 0.02 of it."),
        ((0.5, math.nan, math.nan), "its loss is nan away, its gradient's norm nan of it."),
    ],
)
def test_a_step_that_is_no_better_is_not_taken(
    found: tuple[float, ...], said: str, child: Child, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _took(monkeypatch, *found)
    session = small_session(measured=tmp_path)
    session.tune(LONG)
    child.alive = False
    assert session.tune(LONG) == f"The compiled step is not used: {said}"
    assert "compiled_from" not in session.describe().numerics
    assert session.tune(LONG) == ""
    assert _losses(session) == _losses(small_session())


@pytest.mark.usefixtures("without_cpp")
def test_passes_that_break_when_they_are_compared_are_not_taken(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise MemoryError("too much")

    monkeypatch.setattr(takeover, "_compared", fail)
    session = small_session(measured=tmp_path)
    session.tune(LONG)
    child.alive = False
    assert session.tune(LONG) == "The step is not compiled: MemoryError: too much."


def test_a_thread_that_cannot_start_ends_nothing(child: Child, tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("can't start new thread")

    child.start = fail  # type: ignore[method-assign]
    session = small_session(measured=tmp_path)
    assert session.tune(LONG) == "The step is not compiled: RuntimeError: can't start new thread."
    session.close()
    assert not child.cancelled


def test_a_child_in_trouble_is_said_once(child: Child, tmp_path: Path) -> None:
    session = small_session(measured=tmp_path)
    session.tune(LONG)
    child.alive, child.trouble = False, "The step is not compiled: no C++ here."
    assert session.tune(LONG) == child.trouble
    assert session.tune(LONG) == ""


@pytest.mark.usefixtures("broken")
def test_a_compiler_that_fails_here_alone_is_said(child: Child, tmp_path: Path) -> None:
    session = small_session(measured=tmp_path)
    session.tune(LONG)
    child.alive = False
    assert session.tune(LONG) == "The step is not compiled: RuntimeError: no C++ here."
    assert _losses(session) == _losses(small_session())


def test_the_two_steps_are_held_against_each_other() -> None:
    training = small_session()._trained
    same = takeover._compared(training, mean_loss)
    assert (same.loss_apart, same.norm_apart, same.is_same) == (0.0, 0.0, True)
    assert same.ratio > 0.0
    shifted = takeover._compared(training, lambda *args: mean_loss(*args) + 0.25)
    assert (shifted.loss_apart, shifted.norm_apart) == (pytest.approx(0.25, abs=1e-3), 0.0)
    steeper = takeover._compared(training, lambda *args: mean_loss(*args) * 1.1)
    assert steeper.norm_apart == pytest.approx(0.1, abs=1e-3)
    assert not any(found.is_same for found in (shifted, steeper))


@pytest.mark.parametrize("changes", [{"deterministic": True}, {"compile": "never"}])
def test_one_path_is_kept_where_that_is_asked(
    changes: dict[str, Any], child: Child, tmp_path: Path
) -> None:
    session = small_session(train=small_training(**changes), measured=tmp_path)
    assert session.tune(LONG) == ""
    assert not child.begun


def test_nothing_begins_without_memory_for_it(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.engine.host.memory.available_bytes", lambda: 2**30)
    session = small_session(measured=tmp_path)
    assert session.tune(LONG) == ""
    assert not child.begun


def test_a_closed_session_ends_the_child(child: Child, tmp_path: Path) -> None:
    session = small_session(measured=tmp_path)
    session.tune(LONG)
    session.close()
    assert child.cancelled


@pytest.mark.usefixtures("without_cpp")
@pytest.mark.parametrize("saved_at", [1, 4])
def test_a_run_that_switched_goes_on_bit_for_bit(
    saved_at: int, child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the checkpoint is from before the switch at step 3 or from after it."""
    _took(monkeypatch, 0.5)
    config, steps = small_model(), range(6)
    whole = small_session(config, measured=tmp_path)
    whole.tune(LONG)
    losses = []
    for step in steps:
        child.alive = step < 3
        whole.tune(LONG)
        if step == saved_at:
            weights, moments = whole.weights(), whole.optimizer_state()
        losses += _losses(whole, range(step, step + 1))

    goes_on = small_session(config, numerics=whole.describe().numerics)
    goes_on.load_weights(weights)
    goes_on.load_optimizer_state(moments)
    again = []
    for step in steps[saved_at:]:
        said = goes_on.tune(LONG)
        assert said == ("The step is compiled." if step == max(3, saved_at) else "")
        again += _losses(goes_on, range(step, step + 1))
    assert again == losses[saved_at:]
    mine, theirs = goes_on.weights(), whole.weights()
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)
    assert goes_on.describe().numerics == whole.describe().numerics


@pytest.mark.usefixtures("broken")
def test_a_run_that_cannot_switch_as_it_did_says_so_and_does_not_forget() -> None:
    session = small_session()
    _losses(session)
    numerics = {**session.describe().numerics, "compiled_from": 2}
    goes_on = small_session(numerics=numerics)
    goes_on.load_optimizer_state(session.optimizer_state())
    assert goes_on.tune(LONG) == (
        "The step is not compiled: RuntimeError: no C++ here. The run goes on, but not bit for bit."
    )
    assert goes_on.describe().numerics == numerics


def test_what_was_compiled_on_another_host_is_not_waited_for(child: Child, tmp_path: Path) -> None:
    numerics = {**small_session().describe().numerics, "compiled_from": 2, "torch": "2.4.0"}
    session = small_session(numerics=numerics, measured=tmp_path)
    assert "compiled_from" not in session.describe().numerics
    assert session.tune(LONG) == BEGUN


def _true_child(tmp_path: Path) -> Compiling:
    train = small_training(milestones=(3,))
    return Compiling(small_model(), train, 37, Plan("float32", 1), tmp_path)


def test_the_true_child_compiles_the_same_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_COMPILE_DISABLE", "1")  # what it would take a minute to make
    child = _true_child(tmp_path)
    child.start()
    child.join()
    assert child.trouble == ""


def test_what_a_child_says_is_its_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"compiled": False, "said": "no C++ here"}
    monkeypatch.setattr(compiling.children, "ask", lambda *_, **__: answer)
    child = _true_child(tmp_path)
    child.run()
    assert child.trouble == "no C++ here"


def test_a_child_that_cannot_be_started_is_trouble(tmp_path: Path) -> None:
    child = _true_child(tmp_path / "nowhere")
    child.run()
    assert child.trouble.startswith("The step is not compiled: A process that this needs")


def test_a_cancelled_child_is_gone(tmp_path: Path) -> None:
    child = _true_child(tmp_path)
    child.start()
    child.cancel()
    assert not child.is_alive()
    assert child.trouble.startswith("The step is not compiled: Cancelled.")


def test_where_compiled_code_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    seen = []

    def compile_(function: Any, **options: Any) -> Any:
        seen.append(os.environ["TORCHINDUCTOR_CACHE_DIR"])
        return function

    monkeypatch.setattr(torch, "compile", compile_)
    folder = tmp_path / "home" / "measured"
    small_session(train=small_training(compile="first"), measured=folder).tune(0.0)
    assert seen == [str(folder / "compiled")]
    assert folder.is_dir()  # or no child could start there


def test_with_dropout_nothing_is_compiled_by_the_clock(tmp_path: Path) -> None:
    for dropout, compiles in ((0.0, True), (0.1, False)):
        session = small_session(
            small_model(dropout=dropout), small_training(compile="auto"), measured=tmp_path
        )
        assert (session._takeover._make_child is not None) is compiles
