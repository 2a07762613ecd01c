from __future__ import annotations

import dataclasses
import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import tiny_preset

from ttgpt.engine.errors import DataError, EnvironmentNotReady, Interrupted, UsageError
from ttgpt.engine.host.children import Program
from ttgpt.engine.host.memory import available_bytes
from ttgpt.engine.runs import tries
from ttgpt.engine.runs.tries import Try
from ttgpt.engine.runs.trying import PATIENCE_S, Trying
from ttgpt.engine.training.schedule import resolve_steps
from ttgpt.engine.worker.trying import _shortened

CONFIG = tiny_preset().config


def measured(**changes: object) -> Try:
    found = Try(
        host="here",
        device="cpu",
        dtype="float32",
        parameters=1000,
        vocab_size=63,
        train_tokens=6400,
        val_tokens=512,
        tokens_per_step=64,
        steps=20,
        first_ms=500.0,
        ms_per_step=100.0,
        evaluation_s=2.0,
        evaluated_tokens=128,
        sample_s=3.0,
        peak_bytes=400_000_000,
        created=1.8e9,
    )
    return dataclasses.replace(found, **changes)  # type: ignore[arg-type]


def test_what_costs_nothing_shares_a_try(home: Path) -> None:
    tries.save(home, CONFIG, measured())
    same = CONFIG.with_settings({"train.lr": "1e-3", "train.max_steps": "900"})
    assert tries.load(home, same) == measured()
    for name, value in (("model.n_layer", "2"), ("train.batch_size", "8"), ("data.source", "x")):
        assert tries.load(home, CONFIG.with_settings({name: value})) is None


def test_another_backend_has_measured_nothing(home: Path) -> None:
    tries.save(home, CONFIG, measured(), "torch")
    assert tries.load(home, CONFIG, "ttml") is None
    assert tries.load(home, CONFIG) is None
    (home / "settings.yaml").write_text("backend: torch\n")
    assert tries.load(home, CONFIG) == measured()
    (home / "settings.yaml").write_text("backend: abacus\n")
    assert tries.load(home, CONFIG) is None


def test_another_host_has_measured_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries.save(home, CONFIG, measured())
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    assert tries.load(home, CONFIG) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}'])
def test_a_damaged_file_is_no_measurement(home: Path, content: str) -> None:
    tries.save(home, CONFIG, measured())
    [path] = (home / "tries").iterdir()
    path.write_text(content)
    assert tries.load(home, CONFIG) is None


def test_the_estimate_adds_up_steps_evaluations_and_samples() -> None:
    # 40 steps, evaluated and sampled at 0, 20 and 40; an evaluation reads 256 of 512 tokens.
    stepping = 0.5 + 39 * 0.1
    assert tries.seconds_of(CONFIG, measured()) == pytest.approx(stepping + 3 * 2.0 * 2 + 3 * 3.0)
    silent = CONFIG.with_settings({"sample.interval": "0"})
    assert tries.seconds_of(silent, measured()) == pytest.approx(stepping + 3 * 2.0 * 2)


def test_a_true_try_measures_and_leaves_no_run(home: Path) -> None:
    said: list[str] = []
    found = Trying(home, CONFIG).run(lambda words, share: said.append(words))
    assert 4 <= found.steps <= tries.STEPS  # on a very slow machine fewer are enough
    assert found.ms_per_step > 0
    assert found.evaluation_s > 0
    assert found.sample_s > 0
    assert found.peak_bytes is not None
    assert said[-1] == f"step {found.steps} of 20"
    assert tries.load(home, CONFIG) == found
    assert not (home / "runs").exists()


@pytest.mark.parametrize("length", [{"train.max_steps": "3"}, {"train.epochs": "0.01"}])
def test_a_try_of_a_short_run_never_comes_to_its_end(length: dict[str, str]) -> None:
    short = CONFIG.with_settings(length)
    steps, _ = resolve_steps(_shortened(short).train, 6400, short.model.block_size)
    assert steps > tries.STEPS


def test_a_true_try_of_a_few_steps_is_measured(home: Path) -> None:
    short = CONFIG.with_settings({"train.max_steps": "3", "sample.interval": "0"})
    assert Trying(home, short).run().steps >= 4


def test_a_cancelled_try_keeps_nothing(home: Path) -> None:
    trying = Trying(home, CONFIG)
    with pytest.raises(Interrupted):
        trying.run(lambda words, share: trying.cancel() if share else None)
    assert tries.load(home, CONFIG) is None


@pytest.fixture
def child(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Trying]:
    """Give a try whose child runs some lines of Python instead."""

    def made(script: str, patience: float = PATIENCE_S) -> Trying:
        stub = home / "stub"
        stub.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(script)}\n")
        stub.chmod(0o755)
        program = Program(str(stub), dict(os.environ), "")
        monkeypatch.setattr("ttgpt.engine.runs.trying.worker_program", lambda *_: program)
        return Trying(home, CONFIG, "torch", patience)

    return made


def test_a_try_that_sees_no_signal_is_killed(child: Callable[..., Trying]) -> None:
    trying = child(
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        """print('{"say": "hanging"}', flush=True);"""
        "signal.pause()",
        patience=0.1,
    )

    def hear(words: str, share: float) -> None:
        if words == "hanging":
            trying.cancel()

    with pytest.raises(Interrupted):
        trying.run(hear)


def test_what_libraries_print_is_not_taken_for_an_answer(child: Callable[..., Trying]) -> None:
    result = json.dumps({"result": dataclasses.asdict(measured())})
    trying = child(
        "import sys; print('{', flush=True); print('{}'); print('[1]'); print('{\"a\": 1}');"
        f"print({result!r}); sys.stderr.write('{{not an answer')"
    )
    assert trying.run() == measured()


def test_a_try_without_an_answer_gives_its_last_complaint(child: Callable[..., Trying]) -> None:
    with pytest.raises(EnvironmentNotReady, match="no such card"):
        child("print('{'); raise SystemExit('first\\nno such card')").run()


def test_what_cannot_be_trained_says_why(home: Path) -> None:
    config = CONFIG.with_settings({"data.source": str(home / "nothing.txt")})
    with pytest.raises((DataError, UsageError)):
        Trying(home, config).run()


def test_memory_is_what_the_host_and_the_group_leave(tmp_path: Path) -> None:
    meminfo, group = tmp_path / "meminfo", tmp_path / "group"
    assert available_bytes(meminfo, group) is None
    meminfo.write_text("MemTotal: 100 kB\nMemAvailable: 50 kB\n")
    assert available_bytes(meminfo, group) == 51_200
    group.mkdir()
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("5\n")
    assert available_bytes(meminfo, group) == 51_200
    (group / "memory.max").write_text("1005\n")
    assert available_bytes(meminfo, group) == 1000
