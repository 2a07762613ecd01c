"""Opening and closing: once each, whatever happens between (section 16)."""

from __future__ import annotations

import atexit
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_ttml import VOCAB, tile_batch, tile_model, tile_session, tile_training
from ttml_double import GENERATIONS, Machine, install, uninstall

from ttgpt.engine import backends
from ttgpt.engine.backends.ttml_backend import BACKEND
from ttgpt.engine.errors import EnvironmentNotReady, NotSupported, UsageError


def test_16_the_last_session_closes_the_device(machine: Machine) -> None:
    first = tile_session()
    second = tile_session(tile_model(arch="llama"), training=False)
    first.train_step([tile_batch()], 1e-3)
    first.close()
    first.close()
    assert (machine.opened, machine.closed) == (1, 0)
    second.decoder(tile_batch()[0]).logits()
    second.close()
    assert (machine.opened, machine.closed) == (1, 1)
    again = tile_session()
    again.close()
    assert (machine.opened, machine.closed) == (2, 2)


def test_a_closed_session_says_so(machine: Machine) -> None:
    session = tile_session()
    loss = session.train_step([tile_batch()], 1e-3).loss
    decoder = session.decoder(tile_batch()[0])
    session.close()
    assert float(loss) != float(loss)  # nobody read it in time
    with pytest.raises(RuntimeError, match="closed"):
        session.weights()
    with pytest.raises(RuntimeError, match="closed"):
        session.evaluate(*tile_batch())
    with pytest.raises(RuntimeError, match="closed"):
        decoder.logits()
    with pytest.raises(NotSupported):
        session.train_step([tile_batch()], 1e-3)


@pytest.mark.parametrize("when", ["step", "evaluation", "text"])
def test_16_an_exception_in_the_model_leaves_nothing_open(machine: Machine, when: str) -> None:
    class Broken(Exception):
        pass

    def fail() -> None:
        raise Broken

    session = tile_session()
    machine.fault = fail

    def work() -> None:
        try:
            if when == "step":
                session.train_step([tile_batch()], 1e-3)
            elif when == "evaluation":
                session.evaluate(*tile_batch())
            else:
                session.decoder(tile_batch()[0]).logits()
        finally:
            session.close()

    with pytest.raises(Broken):
        work()
    assert (machine.opened, machine.closed) == (1, 1)


def test_16_a_model_that_cannot_be_made_leaves_nothing_open(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ttgpt.engine.backends.ttml_backend import opening

    def fail(*args: object) -> None:
        raise RuntimeError("TT_FATAL: Out of Memory")

    monkeypatch.setattr(opening, "initial_weights", fail)
    with pytest.raises(RuntimeError, match="Out of Memory"):
        tile_session()
    assert (machine.opened, machine.closed) == (1, 1)


def test_a_device_that_does_not_open_is_told_in_the_doctors_words(machine: Machine) -> None:
    machine.open(1)  # as if something called get_device before
    with pytest.raises(EnvironmentNotReady) as caught:
        tile_session()
    assert caught.value.what == "The device does not open."
    assert "after the device was created" in caught.value.why
    assert machine.closed == 0


@pytest.mark.parametrize("error", [RuntimeError("no fabric"), KeyboardInterrupt()])
def test_16_what_fails_after_the_chips_opened_closes_them(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    import ttml

    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(ttml.core.distributed, "concat_mesh_to_tensor_composer", fail)
    with pytest.raises((EnvironmentNotReady, KeyboardInterrupt)):
        tile_session(train=tile_training(devices=2))
    assert (machine.opened, machine.closed) == (1, 1)


def test_16_a_graph_that_cannot_be_reset_leaves_nothing_open(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = tile_session()

    def fail() -> None:
        raise RuntimeError("device hang")

    with monkeypatch.context() as patch:
        patch.setattr(machine, "reset_graph", fail)
        with pytest.raises(RuntimeError, match="hang"):
            session.close()
    assert (machine.opened, machine.closed) == (1, 1)
    tile_session().close()
    assert (machine.opened, machine.closed) == (2, 2)


def test_16_what_refers_to_itself_is_let_go_before_closing(machine: Machine) -> None:
    session: Any = tile_session()
    circle: list[Any] = list(session._model.parameters().values())
    circle.append(circle)
    del circle
    session.close()
    assert (machine.opened, machine.closed) == (1, 1)


def test_16_a_device_that_did_not_close_is_tried_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_end: list[Callable[[], None]] = []
    monkeypatch.setattr(atexit, "register", at_end.append)
    monkeypatch.setattr(atexit, "unregister", at_end.remove)
    session = tile_session()

    def fail() -> None:
        raise RuntimeError("busy")

    with monkeypatch.context() as patch:
        patch.setattr(machine, "close", fail)
        with pytest.raises(RuntimeError, match="busy"):
            session.close()
    assert machine.closed == 0
    (at_exit,) = at_end
    at_exit()
    assert machine.closed == 1
    assert not at_end


def test_16_a_device_that_did_not_close_is_not_shared(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("busy")

    for _ in range(2):
        session = tile_session(train=tile_training(devices=2))
        session.train_step([tile_batch()], 1e-3)
        with monkeypatch.context() as patch:
            patch.setattr(machine, "close", fail)
            with pytest.raises(RuntimeError, match="busy"):
                session.close()
    tile_session().close()
    assert (machine.opened, machine.closed) == (3, 3)


def test_1_the_environment_is_set_before_ttnn_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninstall()
    seen = tmp_path / "seen"
    (tmp_path / "ttnn.py").write_text(
        "import os, pathlib\n"
        f"pathlib.Path({str(seen)!r}).write_text(os.environ['TT_METAL_RUNTIME_ROOT'])\n"
        "raise ImportError('enough was seen')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TT_METAL_HOME", "/opt/tt-metal")
    monkeypatch.setenv("TT_METAL_RUNTIME_ROOT", "")
    monkeypatch.delenv("TT_METAL_RUNTIME_ROOT")  # as it was, once the test is over
    monkeypatch.setenv("TT_LOGGER_LEVEL", "error")
    with pytest.raises(EnvironmentNotReady, match="enough was seen"):
        tile_session()
    assert seen.read_text() == "/opt/tt-metal"


def test_ttml_that_does_not_load_is_told_in_the_doctors_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(GENERATIONS["newest"])
    monkeypatch.setitem(sys.modules, "ttml", None)
    with pytest.raises(EnvironmentNotReady, match="ttml does not load"):
        tile_session()


@pytest.mark.parametrize("machine", ["newest"], indirect=True)
def test_the_bindings_words_are_in_the_log_once(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tile_session(), tile_session()
    first.close(), second.close()
    assert capsys.readouterr().out.count("ttml.optimizers.AdamWConfig.make") == 1


def test_describes_itself(machine: Machine) -> None:
    session = tile_session()
    found = session.describe()
    session.close()
    assert (found.backend, found.device, found.device_count) == ("ttml", "Tenstorrent card", 1)
    assert found.dtype.startswith("bfloat16")
    assert found.parameters == 64 * (VOCAB + 32 + 4 + 2 + 12 * 64 + 9)
    assert {"ttml", "ttnn", "python", "numpy"} <= set(found.versions)


def test_asking_whether_it_is_there_imports_nothing() -> None:
    code = (
        "import sys; from ttgpt.engine import backends\n"
        "found = backends.get('ttml').probe()\n"
        "assert not {'ttml', 'ttnn', 'torch'} & set(sys.modules)\n"
        "print(found.ok)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_auto_takes_the_card_where_one_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = backends.Availability(True, "tenstorrent", "ttml")
    monkeypatch.setattr(type(BACKEND), "probe", lambda self, device="auto": ready)
    assert backends.get("auto").name == "ttml"
    none = backends.Availability(False, "tenstorrent", "no card")
    monkeypatch.setattr(type(BACKEND), "probe", lambda self, device="auto": none)
    assert backends.get("auto").name == "torch"
    assert backends.get("ttml").name == "ttml"


def test_16_a_network_that_does_not_fit_is_refused_before_the_device_opens(
    machine: Machine,
) -> None:
    with pytest.raises(UsageError, match=r"model\.block_size is 40"):
        tile_session(tile_model(block_size=40), tile_training())
    assert machine.opened == 0
