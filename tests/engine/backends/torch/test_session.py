"""Asking for the backend, opening and closing it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys

import pytest
import torch
from small_torch import batch, small_model, small_session, small_training

from ttgpt.engine import backends
from ttgpt.engine.backends.torch_backend import BACKEND
from ttgpt.engine.backends.torch_backend import session as torch_session
from ttgpt.engine.errors import EnvironmentNotReady, UsageError


def test_is_found_by_name() -> None:
    assert backends.get("torch") is BACKEND
    with pytest.raises(UsageError, match="torhc"):
        backends.get("torhc")


def test_probe_imports_no_torch() -> None:
    code = (
        "import sys; from ttgpt.engine import backends; found = backends.get('torch').probe();"
        "assert found.ok, found; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def _without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "torch" else real(name, *a)
    )


@pytest.mark.usefixtures("_without_torch")
def test_probe_says_that_torch_is_missing() -> None:
    found = BACKEND.probe()
    assert not found.ok
    assert found.reason == "PyTorch is not installed."
    assert "pip install torch" in found.next_step


@pytest.mark.usefixtures("_without_torch")
def test_open_says_that_torch_is_missing() -> None:
    with pytest.raises(EnvironmentNotReady) as caught:
        small_session()
    assert caught.value.what == "PyTorch is not installed."
    assert "pip install torch" in caught.value.next_step


def test_open_says_that_torch_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ttgpt.engine.backends.torch_backend.session", None)
    with pytest.raises(EnvironmentNotReady, match="does not load"):
        small_session()


@pytest.mark.parametrize(
    ("version", "asked", "ok", "device"),
    [
        ("2.6.0+cpu", "auto", True, "cpu"),
        ("2.6.0+cpu", "cuda", False, "cuda"),
        ("2.6.0+cu126", "auto", True, "auto"),
        ("2.6.0", "mps", True, "mps"),
    ],
)
def test_probe_reads_the_build(
    monkeypatch: pytest.MonkeyPatch, version: str, asked: str, ok: bool, device: str
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    found = BACKEND.probe(asked)
    assert (found.ok, found.device) == (ok, device)
    assert version in found.reason


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(EnvironmentNotReady, match=f"no {device} device"):
        small_session(train=small_training(device=device))
    auto = small_session(train=small_training(device="auto"))
    assert auto.describe().device == "cpu"


def test_describes_itself() -> None:
    found = small_session(train=small_training(threads=2)).describe()
    assert (found.backend, found.device, found.device_count) == ("torch", "cpu", 1)
    assert found.versions["torch"] == torch.__version__
    assert found.numerics["precision"] == "float32"
    assert found.numerics["threads"] == 2
    assert found.numerics["torch"] == torch.__version__
    assert found.numerics["device"] == "cpu"


def test_threads_follow_the_cores_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_session, "usable_cores", lambda: 3)
    writing = small_session(train=small_training(threads=None), training=False)
    assert writing.describe().numerics["threads"] == 3
    assert small_session(train=small_training(threads=2)).describe().numerics["threads"] == 2


def test_each_session_steps_with_its_own_threads() -> None:
    one, two = (small_session(train=small_training(threads=n)) for n in (1, 2))
    for session, threads in [(one, 1), (two, 2), (one, 1)]:
        session.train_step([batch()], 1e-3)
        assert torch.get_num_threads() == threads


def test_close_may_be_called_twice() -> None:
    session = small_session()
    session.close()
    session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.evaluate(*batch())


def test_several_devices_are_refused() -> None:
    BACKEND.check(small_model(), small_training(), 37)
    with pytest.raises(UsageError, match=r"train\.devices is 2"):
        BACKEND.check(small_model(), small_training(devices=2), 37)
