"""Run folders for pictures: every figure in them is the same on any machine and day."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from saved_run import CHARACTERS, save_checkpoint
from written_run import WrittenRun, checkpoint, curve, evaluated, opened, sample, step

from ttgpt.engine import event_log, events, presets
from ttgpt.tui.settings import Settings

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


def nail_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the picture what differs from one machine and moment to another."""
    monkeypatch.setattr(event_log, "time", ScriptedClock())
    monkeypatch.setattr("ttgpt.tui.watch._CHECK_EVERY", 0.01)
    monkeypatch.delenv("NO_COLOR", raising=False)
    written = {name: _preset(name) for name in _PRESETS}
    monkeypatch.setattr(presets, "names", lambda: list(written))
    monkeypatch.setattr(presets, "load", written.__getitem__)


def training(home: Path, name: str = NAME, last: int = LAST) -> WrittenRun:
    """Write a run that is being trained, as a worker writes it."""
    run = WrittenRun(home, name)
    run.write(opened(), events.Evaluating(0), evaluated(0))
    _train(run, 10, last)
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


def with_text(home: Path) -> None:
    """Put the text's vocabulary where the runs look for it."""
    folder = home / "data" / "nowhere"
    folder.mkdir(parents=True)
    CHARACTERS.save(folder / "tokenizer.json")


def _train(run: WrittenRun, first: int, last: int) -> None:
    for number in range(first, last + 1, 10):
        run.write(step(number, curve(number) + 0.08 * math.sin(number * 1.7)))
        if number % 250 == 0:
            text = _SAMPLES[max(begin for begin in _SAMPLES if begin <= number)]
            run.write(events.Evaluating(number), evaluated(number))
            run.write(events.Sampling(number), sample(number, text))
        if number % 500 == 0:
            run.write(events.Saving(number), checkpoint(number))


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
