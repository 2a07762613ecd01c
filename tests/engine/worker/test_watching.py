"""A true worker whose loss breaks: it is paused, and goes back to a good checkpoint."""

from __future__ import annotations

import math
from pathlib import Path

from support import events_of, finish, start_tiny, wait_for, wait_for_event

from ttgpt.engine import commands, events
from ttgpt.engine.checkpoints import rewind
from ttgpt.engine.checkpoints.info import list_checkpoints
from ttgpt.engine.runs.event_log import Damaged, EventReader
from ttgpt.engine.runs.going_back import go_back
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.worker.asking import ask

ENDLESS = {"train__max_steps": 1_000_000, "train__keep_last": 100}
_SECONDS = 30.0


def findings(run: RunFolder, kind: str) -> list[events.Health]:
    return [found for found in events_of(run, events.Health) if found.kind == kind]


def break_it(run: RunFolder) -> None:
    """Scale the learning rate up, once there is something to go back to."""
    wait_for_event(run, events.Checkpoint)
    ask(run.socket_path(), commands.Set("train.lr_scale", 100), _SECONDS)


def test_a_loss_that_diverges_pauses_the_run_and_can_be_gone_back_from(home: Path) -> None:
    # Without decay, weights that have grown stay so.
    started = start_tiny(home, **ENDLESS, train__weight_decay=0)
    run = started.run
    break_it(run)
    paused = wait_for_event(run, events.Paused)
    assert paused.reason == "the loss diverges"
    [found] = findings(run, "diverging")
    assert (found.level, bool(found.evidence), bool(found.advice)) == ("error", True, True)
    assert wait_for("the paused state", lambda: run.state() == "paused")

    good = rewind.last_good(run, found.since)
    assert good is not None
    assert (good.state, good.lr_scale) == ("whole", 1.0)
    again = go_back(home, run, good.step, 0.25)
    assert finish(started) == 0
    opened = wait_for_event(run, events.Opened, 2)
    assert opened.steps_done == good.step
    newer = wait_for("a step", lambda: steps_since_opened(run))[-1]
    assert newer.lr < 0.26 * 1e-2
    assert math.isfinite(newer.loss)
    changed = events_of(run, events.Setting)[-1]
    assert (changed.name, changed.new) == ("train.lr_scale", 0.25)
    ask(run.socket_path(), commands.Stop(), _SECONDS)
    assert finish(again) == 0
    assert len(findings(run, "diverging")) == 1
    assert (run.path / rewind.SET_ASIDE).is_dir()


def test_a_loss_that_is_not_finite_pauses_the_run_and_saves_nothing_of_it(home: Path) -> None:
    # Decay of 10 times a learning rate that will be 3: weights grow 29-fold a step.
    started = start_tiny(
        home, **ENDLESS, train__weight_decay=10, train__lr=0.03, train__min_lr=0.03
    )
    run = started.run
    break_it(run)
    paused = wait_for_event(run, events.Paused)
    assert paused.reason == "the loss is not finite"
    [found] = findings(run, "not_finite")
    assert found.level == "error"
    good = rewind.last_good(run, found.since)
    assert good is not None
    ask(run.socket_path(), commands.SaveCheckpoint(), _SECONDS)
    ask(run.socket_path(), commands.Stop(), _SECONDS)
    assert finish(started) == 0
    # Not found.since: a loss that climbed before has put that back, to a checkpoint still whole.
    assert list_checkpoints(run.path)[-1].step < found.step
    again = go_back(home, run, good.step, 0.5)
    wait_for_event(run, events.Opened, 2)
    assert all(
        math.isfinite(step.loss) for step in wait_for("a step", lambda: steps_since_opened(run))
    )
    ask(run.socket_path(), commands.Abort(), _SECONDS)
    assert finish(again) == 0


def steps_since_opened(run: RunFolder) -> list[events.Step]:
    """Give the steps that the newest worker logged."""
    found: list[events.Step] = []
    for item in EventReader(run.events).poll():
        if isinstance(item, Damaged):
            continue
        if isinstance(item.event, events.Opened):
            found = []
        elif isinstance(item.event, events.Step):
            found.append(item.event)
    return found
