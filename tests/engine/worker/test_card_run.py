"""A true worker with the double of ttml: the device is closed on every way out (section 16)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from card_site import said, use_double
from support import events_of, tiny_preset, wait_for_event

from ttgpt.engine import events
from ttgpt.engine.checkpoints.info import list_checkpoints
from ttgpt.engine.data import prepare
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.runs.rundir import RunFolder, create_run
from ttgpt.engine.runs.starting import StartedRun, resume_run
from ttgpt.engine.worker.launch import start_training

PRESET = """\
title: Tiny test of a card
summary: The smallest network of whole tiles.
expect: Nothing.
model: {n_layer: 1, n_head: 1, n_embd: 32, block_size: 32}
train: {batch_size: 4, max_steps: 2000, lr: 1e-2, min_lr: 1e-3, warmup_steps: 5, log_interval: 1,
        eval_interval: 1000, eval_tokens: 256, checkpoint_interval: 1000}
data: {source: harbour}
sample: {interval: 1000, prompts: ["MARTHA:\\n"], max_new_tokens: 3}
"""


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use_double(tmp_path, monkeypatch)


def new_run(home: Path, **settings: object) -> RunFolder:
    dotted = {name.replace("__", ".", 1): str(value) for name, value in settings.items()}
    preset = tiny_preset(PRESET)
    config = preset.config.with_settings(dotted)
    data = prepare.resolve(Recipe.of_config(config.data), home)
    return create_run(
        home,
        preset=preset.name,
        preset_text=preset.text,
        config=config,
        backend="ttml",
        data=data.folder,
        data_sha256=data.meta.sha256,
        name=None,
    )


def finish(started: StartedRun) -> int:
    return started.process.wait(timeout=100)


def test_a_run_on_a_card_ends_with_the_device_closed(home: Path, card: Path) -> None:
    run = new_run(home, train__max_steps=12, sample__interval=6)
    assert finish(StartedRun(run, start_training(run))) == 0
    assert said(card) == ["opened", "closed"]
    (opened,) = events_of(run, events.Opened)
    assert (opened.backend, opened.dtype) == ("ttml", "bfloat16, stochastic rounding")
    compiled = [event.what for event in events_of(run, events.Compiling)]
    assert compiled[:2] == ["opening the device", "loading ttml"]
    assert "compiling the first step" in compiled
    assert [s.step for s in events_of(run, events.Sample)] == [0, 6, 12]
    assert [c.state for c in list_checkpoints(run.path)] == ["whole"]
    losses = [step.loss for step in events_of(run, events.Step)]
    assert losses[-1] < losses[0]
    assert "torch" not in run.log.read_text()


def test_sigterm_saves_closes_and_the_run_goes_on(home: Path, card: Path) -> None:
    run = new_run(home)
    started = StartedRun(run, start_training(run))
    wait_for_event(run, events.Step, 2)
    os.kill(started.process.pid, signal.SIGTERM)
    assert finish(started) == 0
    assert said(card) == ["opened", "closed"]
    stopped_at = list_checkpoints(run.path)[-1].step
    assert stopped_at >= 2
    resumed = resume_run(home, run, settings={"train.max_steps": str(stopped_at + 3)})
    assert finish(resumed) == 0
    assert said(card) == ["opened", "closed"] * 2
    assert events_of(run, events.Opened)[-1].steps_done == stopped_at
    assert run.state() == "finished"


def test_an_exception_in_the_model_closes_the_device(
    home: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTML_DOUBLE_FAULT", "9")
    run = new_run(home)
    assert finish(StartedRun(run, start_training(run))) == 1
    assert said(card) == ["opened", "closed"]
    (failed,) = events_of(run, events.Failed)
    assert "told to fail" in failed.message
    monkeypatch.delenv("TTML_DOUBLE_FAULT")
    again = new_run(home, train__max_steps=2)
    assert finish(StartedRun(again, start_training(again))) == 0
    assert said(card) == ["opened", "closed"] * 2


def test_the_app_may_be_killed_and_so_may_the_worker(home: Path, card: Path) -> None:
    run = new_run(home)
    starter = (
        "import sys; from pathlib import Path\n"
        "from ttgpt.engine.runs.rundir import RunFolder\n"
        "from ttgpt.engine.worker.launch import start_training\n"
        "process = start_training(RunFolder(Path(sys.argv[1])))\n"
        "print(process.pid, flush=True)\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    app = subprocess.run(
        [sys.executable, "-c", starter, str(run.path)], capture_output=True, text=True, check=False
    )
    assert app.returncode == -signal.SIGKILL
    worker = int(app.stdout)
    wait_for_event(run, events.Step, 2)  # nobody watches, and it goes on
    os.kill(worker, signal.SIGKILL)
    again = new_run(home, train__max_steps=2)
    assert finish(StartedRun(again, start_training(again))) == 0
    assert said(card) == ["opened", "opened", "closed"]
