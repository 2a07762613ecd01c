"""Run folders for pictures in which something is to be said about the run."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import scenes
from written_run import WrittenRun, checkpoint, curve, opened, sample, step

from ttgpt.engine import events

SILENT_SECONDS = 150
"""How long nothing was heard of the worker that stalls."""
_BEST, _LAST = 750, 2000


def nail_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the picture which process it is, and how long it takes to draw it."""
    monkeypatch.setattr("ttgpt.tui.watching.facts._holder", lambda run: "process 4242")
    monkeypatch.setattr("ttgpt.tui.widgets.train.headline.time", _Later())


class _Later:
    """Stands for the module `time` where seconds of waiting are counted."""

    def time(self) -> float:
        return scenes.ScriptedClock().time() + SILENT_SECONDS


def compiling(home: Path) -> WrittenRun:
    """Write a run of which no step is done yet."""
    run = WrittenRun(home, scenes.NAME)
    run.write(opened(), events.Compiling("the training step"))
    return run


def plateau(home: Path) -> WrittenRun:
    """Write a run whose losses no longer fall."""
    run, then, now = _train(home, lambda at: max(curve(at), curve(_BEST)), lambda at: 0.1)
    run.write(
        events.Health(
            "plateau",
            "warning",
            _LAST,
            f"plateau since step {_BEST}",
            f"val {then.val_loss:.3f} then, {now.val_loss:.3f} now; "
            f"train {then.train_loss:.3f} then, {now.train_loss:.3f} now",
            "Lower the learning rate, or stop: more steps alone add little.",
            since=_BEST,
        )
    )
    return run


def overfitting(home: Path) -> WrittenRun:
    """Write a run that learns its text by heart."""
    run, then, now = _train(home, curve, lambda at: 0.1 + 0.8 * max(0, at - _BEST) / 1000)
    run.write(
        events.Health(
            "overfitting",
            "warning",
            _LAST,
            f"overfitting since step {_BEST}",
            f"val rose {then.val_loss:.3f} to {now.val_loss:.3f}, "
            f"train fell {then.train_loss:.3f} to {now.train_loss:.3f}",
            f"Stop and use step {_BEST}. Next time: more text, dropout or a smaller model.",
            since=_BEST,
        )
    )
    return run


def not_finite(home: Path) -> WrittenRun:
    """Write a run that was paused because its loss is not finite."""
    run = scenes.saved_until(scenes.training(home, last=1200), 500, 1000)
    run.write(
        events.Step(1210, 1210 * 1024, math.nan, 4.1e-4, math.inf, 277.0, 3696.0),
        events.Health(
            "not_finite",
            "error",
            1210,
            "not finite since step 1,210",
            "loss nan, gradient norm inf; weights like these are never saved",
            "Go back to a checkpoint from before, with a lower learning rate.",
            since=1210,
        ),
        events.Paused(1210, "the loss is not finite"),
    )
    return run


def _train(
    home: Path, train: Callable[[int], float], gap: Callable[[int], float]
) -> tuple[WrittenRun, events.Evaluated, events.Evaluated]:
    """Write a run of these losses; gives its best evaluation and its last one too."""
    run = WrittenRun(home, scenes.NAME)
    run.write(opened())
    found: list[events.Evaluated] = []
    for number in range(10, _LAST + 1, 10):
        run.write(step(number, train(number) + 0.06 * math.sin(number * 1.7)))
        if number % 250 == 0:
            loss = train(number) - 0.02
            found.append(
                events.Evaluated(number, loss, loss + gap(number), 65_536, number <= _BEST)
            )
            run.write(found[-1], sample(number), scenes.stage(number))
            if number <= _BEST:
                run.write(checkpoint(number, "best"))
    return run, next(one for one in found if one.step == _BEST), found[-1]
