"""What a run's folder says beside its events; read in a thread, for it may take a moment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine.checkpoint_info import list_checkpoints
from ttgpt.engine.config import ModelConfig
from ttgpt.engine.data.datasets import read_meta
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.estimate import flops_per_token
from ttgpt.engine.presets import Preset
from ttgpt.engine.rundir import RunFolder, list_runs

from .format import loss, one_line

_TYPICAL_VOCABULARY = 256
"""Stands for the vocabulary of a text that is not prepared yet; its size hardly matters here."""


@dataclass(frozen=True)
class RunFacts:
    """Things about a run; what cannot be read is left out."""

    shape: str = ""
    bigram_loss: float | None = None
    """Nats per validation token when only the token before is seen, measured on the run's text."""
    newest_whole: int | None = None
    """Step of the newest whole checkpoint."""
    is_read: bool = False
    """Whether its folder was read since the run last began or ended."""


def read_facts(home: Path, run: RunFolder) -> RunFacts:
    """Read what can be read of a run's folder."""
    whole = [found.step for found in list_checkpoints(run.path) if found.state == "whole"]
    newest = whole[-1] if whole else None
    return RunFacts(_shape(run), _bigram_loss(home, run), newest, is_read=True)


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


def _shape(run: RunFolder) -> str:
    try:
        return shape_of(run.config().model)
    except TtgptError:
        return ""


def _bigram_loss(home: Path, run: RunFolder) -> float | None:
    try:
        return read_meta(home / run.info().data).bigram_loss
    except TtgptError:
        return None
