"""Run folders for pictures: every figure in them is the same on any machine and day."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from saved_run import CHARACTERS, save_checkpoint
from written_run import WrittenRun, checkpoint, curve, evaluated, opened, sample, step

from ttgpt.engine import events, presets
from ttgpt.engine.runs import event_log, tries
from ttgpt.engine.runs.tries import Try
from ttgpt.tui.settings import Settings
from ttgpt.tui.watching.watchdog import Watchdog

NAME = "shakespeare-stage2"
LAST = 1840
SETTINGS = Settings(marker="braille", theme="dark", repaint_rate=30)

_NOW = 1_800_000_000.0
_SECONDS_PER_EVENT = 2.77

_SAMPLES = {
    0: "Ath ne tho wind, san the herre ofe wou\nAn the sor bel.\n",
    700: "What the harbour keep the stone and wall,\nI will not the boat to have it.\n",
    1400: "The lamp was out before the tide came in.\nYou said the boat would hold.\n\n"
    "WIDOW HALE:\nIt held for him. It never held for me.",
}
_STAGES = {
    0: ("letters", "22 % of 41 words occur in the text (held-out: 93 %)"),
    500: (
        "format emerges",
        "a name and a colon open 4 of 5 speeches lately; 48 % of 44 words occur in the text",
    ),
    1000: ("words emerge", "71 % of 43 words occur in the text (held-out: 93 %)"),
}

_PRESETS = {
    "demo": ("Demo", "A small network, made to show a model learning while you watch.", 1500, 4),
    "stage1": ("Shakespeare, stage 1", "The lesson's network, 1,000 steps.", 1000, 6),
    "stage2": ("Shakespeare, stage 2", "The lesson's network, 3,000 steps.", 3000, 6),
}


class ScriptedClock:
    """Stands for the module `time` where events are stamped: each one comes a while later."""

    def __init__(self) -> None:
        self._moments = itertools.count()

    def time(self) -> float:
        return _NOW

    def monotonic(self) -> float:
        return next(self._moments) * _SECONDS_PER_EVENT


class UniversalTime(ScriptedClock):
    """Stands for the module `time` where moments are shown: the same in every zone."""

    localtime = staticmethod(time.gmtime)
    strftime = staticmethod(time.strftime)


def nail_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the picture what differs from one machine and moment to another."""
    monkeypatch.setattr(event_log, "time", ScriptedClock())
    monkeypatch.setattr("ttgpt.tui.watching.watch._CHECK_EVERY", 0.01)
    # Sizes hold the length of paths; ages go on while a slow machine draws.
    monkeypatch.setattr("ttgpt.tui.widgets.play.checkpoint_line.size", lambda number: "128 MB")
    monkeypatch.setattr("ttgpt.tui.widgets.play.checkpoint_line.age", lambda seconds: "2 h")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("ttgpt.engine.host.memory.available_bytes", lambda: 8_000_000_000)
    monkeypatch.setattr("ttgpt.tui.runs.glance.answers", lambda run: True)
    monkeypatch.setattr("ttgpt.tui.runs.glance.size_on_disk", lambda folder: 128_000_000)
    # Neither the calendar nor a machine that stands still makes a run look stalled.
    watchdog = functools.partial(Watchdog, calendar=ScriptedClock().time)
    monkeypatch.setattr("ttgpt.tui.watching.watch.Watchdog", watchdog)
    monkeypatch.setattr("ttgpt.tui.watching.watchdog.LEAST_SECONDS", 140.0)
    for module in ("run_table", "run_detail"):
        monkeypatch.setattr(f"ttgpt.tui.widgets.runs.{module}.time", ScriptedClock())
    monkeypatch.setattr("ttgpt.tui.plan.time", UniversalTime())
    written = {name: _preset(name) for name in _PRESETS}
    monkeypatch.setattr(presets, "names", lambda: list(written))
    monkeypatch.setattr(presets, "load", written.__getitem__)


def training(home: Path, name: str = NAME, last: int = LAST, above: float = 0.0) -> WrittenRun:
    """Write a run that is being trained, as a worker writes it; `above` raises its losses."""
    run = WrittenRun(home, name)
    run.write(opened(), events.Evaluating(0), evaluated(0))
    _train(run, 10, last, above)
    return run


def paused(home: Path) -> WrittenRun:
    run = training(home)
    run.write(events.Paused(LAST, "asked"))
    return run


def finished(home: Path) -> WrittenRun:
    run = training(home)
    _train(run, LAST + 10, 3000)
    save_checkpoint(run.folder.path, 3000, kind="final", val_loss=curve(3000) + 0.1)
    run.write(checkpoint(3000, "final"), events.Finished(3000, "max_steps"))
    run.folder.update(state="finished")
    run.vanish()
    return run


def saved_until(run: WrittenRun, *steps: int) -> WrittenRun:
    """Give a run whole checkpoints."""
    for number in steps:
        save_checkpoint(run.folder.path, number, val_loss=curve(number) + 0.1)
    return run


def older(home: Path) -> WrittenRun:
    """Write a run that ended before the others began."""
    run = WrittenRun(home, "shakespeare-stage1", live=False)
    run.folder.update(state="finished")
    save_checkpoint(run.folder.path, 500, val_loss=2.5)
    save_checkpoint(run.folder.path, 1000, val_loss=2.3, kind="final")
    return run


def several(home: Path) -> list[WrittenRun]:
    """Write a finished, a failed, a crashed and a live run, each with other settings."""
    made = []
    # In the order of their names: made within a second or not, they are listed the same way.
    for age, (name, last, state, above) in enumerate(_SEVERAL, start=1):
        run = training(home, name, last, above)
        saved_until(run, last // 500 * 500)
        if state == "finished":
            run.write(events.Finished(last, "max_steps"))
        if state == "failed":
            run.write(events.Failed(last, "OSError", "The disk is full.\nNo space.\nMake room."))
        run.folder.preset.write_text(presets.load("stage2").text)
        changes = {"train.batch_size": 8 * age, "train.lr": f"{age}e-3"}
        run.folder.write_config(presets.load("stage2").config.with_settings(changes))
        moment = _NOW - (7 - age) * 40_000
        run.folder.update(state=state, device="cpu", preset="stage2", created=moment)
        os.utime(run.folder.events, (moment, moment))
        if name != "stage2":
            run.vanish()
        made.append(run)
    return made


_SEVERAL = (
    ("keats", 1000, "finished", 0.5),
    ("nano-trickster", 620, "running", 0.7),
    ("stage1", 1240, "failed", 0.25),
    ("stage2", LAST, "running", 0.0),
)


def tried(home: Path) -> None:
    """Keep what a try of the demo measured."""
    config = presets.load("demo").config
    measured = Try(
        host="host",
        device="cpu",
        dtype="bfloat16",
        parameters=3_200_000,
        vocab_size=63,
        train_tokens=181_505,
        val_tokens=20_168,
        tokens_per_step=16_384,
        steps=20,
        first_ms=412.0,
        ms_per_step=277.0,
        evaluation_s=1.2,
        evaluated_tokens=16_384,
        sample_s=0.8,
        peak_bytes=512_000_000,
        created=_NOW,
    )
    tries.save(home, config, measured)


def with_text(home: Path) -> None:
    """Put the text's vocabulary where the runs look for it."""
    folder = home / "data" / "nowhere"
    folder.mkdir(parents=True)
    CHARACTERS.save(folder / "tokenizer.json")


def _train(run: WrittenRun, first: int, last: int, above: float = 0.0) -> None:
    for number in range(first, last + 1, 10):
        higher = above * (1 - math.exp(-number / 150))
        run.write(step(number, curve(number) + higher + 0.08 * math.sin(number * 1.7)))
        if number % 250 == 0:
            text = _SAMPLES[max(begin for begin in _SAMPLES if begin <= number)]
            found = evaluated(number)
            found = dataclasses.replace(found, val_loss=found.val_loss + higher)
            run.write(events.Evaluating(number), found)
            run.write(events.Sampling(number), _measured(sample(number, text)), stage(number))
        if number % 500 == 0:
            run.write(events.Saving(number), checkpoint(number))


def _measured(drawn: events.Sample) -> events.Sample:
    known = 0.95 - 0.9 * math.exp(-drawn.step / 700)
    return replace(drawn, known_words=known, repeated=0.02 * (drawn.step % 3))


def stage(number: int) -> events.Health:
    """Tell how far the model has come."""
    text, evidence = _STAGES[max(begin for begin in _STAGES if begin <= number)]
    return events.Health("stage", "info", number, text, evidence, since=number)


def _preset(name: str) -> presets.Preset:
    title, summary, steps, layers = _PRESETS[name]
    return presets.parse(
        name,
        f"title: {title}\nsummary: {summary}\n"
        "expect: Names and colons first, real words later.\n"
        f"model: {{n_layer: {layers}, n_head: {layers}, n_embd: {64 * layers}}}\n"
        f"train: {{max_steps: {steps}}}\ndata: {{source: harbour}}\n"
        "sample: {interval: 250}\n",
    )
