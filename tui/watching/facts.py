"""What a run's folder says beside its events; read in a thread, for it may take a moment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine.checkpoints.info import list_checkpoints, whole_checkpoints
from ttgpt.engine.checkpoints.rewind import last_good
from ttgpt.engine.config import ModelConfig
from ttgpt.engine.data.meta import read_meta
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.estimate import flops_per_token
from ttgpt.engine.presets import Preset
from ttgpt.engine.runs.rundir import RunFolder, list_runs

from ..format import loss, one_line

_TYPICAL_VOCABULARY = 256
"""Stands for the vocabulary of a text that is not prepared yet; its size hardly matters here."""


@dataclass(frozen=True)
class RunFacts:
    """Things about a run; what cannot be read is left out."""

    model: ModelConfig | None = None
    bigram_loss: float | None = None
    """Nats per validation token when only the token before is seen, measured on the run's text."""
    newest_whole: int | None = None
    """Step of the newest whole checkpoint."""
    best_whole: int | None = None
    """Step of the whole checkpoint with the lowest validation loss."""
    last_good: int | None = None
    """Step of the newest whole checkpoint from before the loss broke, where it did."""
    lr_scale: float = 1.0
    """What the schedule's learning rate was multiplied with at the last good checkpoint, or is now
    where that is less: what a run goes back with must be below both."""
    holder: str = ""
    """The process that has the run in hand."""
    is_read: bool = False
    """Whether its folder was read since the run last began or ended."""

    @property
    def shape(self) -> str:
        """The network's architecture and size; empty where unknown."""
        return shape_of(self.model) if self.model is not None else ""


def read_facts(home: Path, run: RunFolder, broken_at: int | None = None) -> RunFacts:
    """Read what can be read of a run's folder.

    Args:
        home: The home folder.
        run: The run.
        broken_at: The step from which its loss was no good, where there is one.
    """
    whole = whole_checkpoints(run.path)
    newest = whole[-1].step if whole else None
    measured = [found for found in whole if math.isfinite(found.val_loss)]
    best = min(measured, key=lambda found: found.val_loss) if measured else None
    good = last_good(run, broken_at) if broken_at is not None else None
    return RunFacts(
        _model(run),
        _bigram_loss(home, run),
        newest,
        best_whole=best.step if best is not None else None,
        last_good=good.step if good is not None else None,
        lr_scale=min(_lr_scale(run), good.lr_scale) if good is not None else 1.0,
        holder=_holder(run),
        is_read=True,
    )


def describe_last_run(home: Path) -> tuple[RunFolder, str] | None:
    """Find the newest run, and say in a line what came of it."""
    for run in list_runs(home):
        try:
            name, state = run.info().name, run.state()
        except TtgptError:
            continue
        losses = [found.val_loss for found in list_checkpoints(run.path)]
        finite = [value for value in losses if math.isfinite(value)]
        val = f", val {loss(min(finite))}" if finite else ""
        return run, f"last run: {one_line(name)}, {state}{val}"
    return None


def by_effort(found: Iterable[Preset]) -> list[Preset]:
    """Order presets by how much they compute, the quickest first; the demo before all."""
    return sorted(found, key=lambda preset: (preset.name != "demo", _flops(preset)))


def shape_of(model: ModelConfig) -> str:
    """Write a network's shape: architecture, then layers, heads and width."""
    times = "\N{MULTIPLICATION SIGN}"
    return f"{model.arch} {model.n_layer}{times}{model.n_head}{times}{model.n_embd}"


def _flops(preset: Preset) -> float:
    model, train = preset.config.model, preset.config.train
    tokens = train.sequences_per_step * model.block_size * (train.max_steps or 1)
    return float(tokens * flops_per_token(model, _TYPICAL_VOCABULARY))


def _model(run: RunFolder) -> ModelConfig | None:
    try:
        return run.config().model
    except TtgptError:
        return None


def _lr_scale(run: RunFolder) -> float:
    try:
        return run.info().lr_scale or 1.0
    except TtgptError:
        return 1.0


def _holder(run: RunFolder) -> str:
    owner = run.owner()
    return f"process {owner.pid}" if owner is not None else ""


def _bigram_loss(home: Path, run: RunFolder) -> float | None:
    try:
        return read_meta(home / run.info().data).bigram_loss
    except TtgptError:
        return None
