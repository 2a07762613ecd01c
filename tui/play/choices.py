"""What one can play with: the checkpoints of all runs, and the live weights of the one that trains.

Reads the run folders, so it belongs in a thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ttgpt.engine.canonical import parameter_count
from ttgpt.engine.checkpoints.folder import imported
from ttgpt.engine.checkpoints.info import (
    CONFIG,
    DAMAGED,
    TOKENIZER,
    WHOLE,
    CheckpointInfo,
    list_checkpoints,
)
from ttgpt.engine.checkpoints.labels import Label, read_labels
from ttgpt.engine.checkpoints.seals import Seals
from ttgpt.engine.config import RunConfig
from ttgpt.engine.data.tokenizer import Tokenizer
from ttgpt.engine.disk import reading
from ttgpt.engine.errors import DataError, TtgptError
from ttgpt.engine.runs.rundir import RunFolder, list_runs

from ..watching.facts import shape_of

LIVE, UNTRAINED, KEPT = "live", "untrained", "kept"

_TOLD_KINDS = ("final", "milestone", "asked")
"""Why a checkpoint was kept, where that makes it stand out."""


@dataclass(frozen=True)
class Choice:
    """One thing that can write: a checkpoint, or live weights."""

    run: Path
    """The run's folder."""
    run_name: str
    step: int | None
    marks: tuple[str, ...]
    """Why it stands out, the most telling word first: live, best, final, last, milestone, asked."""
    val_loss: float
    """Nats per token; NaN where not measured."""
    checkpoint: str
    """The checkpoint's folder; empty for live weights."""
    state: str = WHOLE
    problem: str = ""
    """What is wrong with it, when it is not whole."""
    train_loss: float = math.nan
    bytes: int = 0
    created: float = 0.0
    """Unix time in seconds; 0 where not known."""
    untrained: bool = False
    """Whether it writes with the weights that its run began with."""
    label: Label = field(default_factory=Label)
    preset: str = ""

    @property
    def key(self) -> tuple[Path, str, bool]:
        """What stays the same when the list is read again."""
        return self.run, self.checkpoint, self.untrained

    @property
    def name(self) -> str:
        """What a person called it, else its run's name."""
        return self.label.name or self.run_name

    @property
    def is_live(self) -> bool:
        """Whether these are the weights of a job that trains now."""
        return not self.checkpoint

    @property
    def trained_by(self) -> Path | None:
        """The run whose worker alone can write with these weights; None when any can."""
        return self.run if self.is_live else None

    @property
    def is_usable(self) -> bool:
        """Whether it can write."""
        return self.state == WHOLE


@dataclass(frozen=True)
class Vocabulary:
    """What a choice can read: its tokenizer, and how many tokens it looks back on."""

    tokenizer: Tokenizer
    block_size: int
    prompt: str
    """What its run was told to continue in its samples."""
    shape: str
    """Architecture, layers, heads and width."""
    parameters: int
    data: Path | None
    """The folder of the text that its run read; None where that is not known."""


def list_choices(home: Path, seals: Seals) -> list[Choice]:
    """List what can write.

    Live weights first, then each run's checkpoints, the newest first, then what was imported; each
    of these ends with the untrained weights it began with.

    Args:
        home: The home folder.
        seals: What is known of their content; nothing is hashed here.
    """
    live: list[Choice] = []
    saved: list[Choice] = []
    for run in list_runs(home):
        name, preset, trains = _look_at(run)
        if trains:
            live.append(Choice(run.path, name, None, (LIVE,), math.nan, "", preset=preset))
        saved += _saved(run.path, name, preset, seals)
    for folder in imported(home):
        saved += _saved(folder, folder.name, "imported", seals)
    return live + saved


def read_vocabulary(choice: Choice) -> Vocabulary | None:
    """Read what a choice can read; None when a file cannot be used, which its worker will tell."""
    try:
        folder = choice.run if choice.is_live else Path(choice.checkpoint)
        config = RunConfig.from_dict(reading.read_object(folder / CONFIG))
        tokenizer = Tokenizer.load(_tokenizer_path(choice))
    except TtgptError:
        return None
    prompts = config.sample.prompts
    return Vocabulary(
        tokenizer,
        config.model.block_size,
        prompts[0] if prompts else "",
        shape_of(config.model),
        parameter_count(config.model, tokenizer.vocab_size),
        _data_of(choice.run),
    )


def _data_of(run: Path) -> Path | None:
    try:
        return run.parent.parent / RunFolder(run).info().data
    except DataError:
        return None


def _tokenizer_path(choice: Choice) -> Path:
    if not choice.is_live:
        return Path(choice.checkpoint) / TOKENIZER
    # A run without a checkpoint has its vocabulary only in the data set it reads.
    home = choice.run.parent.parent
    return home / RunFolder(choice.run).info().data / TOKENIZER


def _look_at(run: RunFolder) -> tuple[str, str, bool]:
    try:
        info = run.info()
        return info.name, info.preset, run.owner() is not None and run.is_live()
    except DataError:
        # Its checkpoints may still be good.
        return run.name, "", False


def _saved(run: Path, name: str, preset: str, seals: Seals) -> list[Choice]:
    found = [_as_hashed(info, seals) for info in list_checkpoints(run)]
    try:
        labels = read_labels(run)
    except DataError:
        labels = {}
    choices = [
        replace(choice, preset=preset, label=labels.get(choice.step or 0, Label()))
        for choice in _checkpoints(run, name, found)
    ]
    choices = [replace(c, marks=(*c.marks, *([KEPT] if c.label.kept else ()))) for c in choices]
    usable = next((choice for choice in choices if choice.is_usable), None)
    if usable is not None:
        choices.append(_untrained(usable))
    return choices


def _as_hashed(info: CheckpointInfo, seals: Seals) -> CheckpointInfo:
    problem = seals.problem(info.path) if info.state == WHOLE else None
    return replace(info, state=DAMAGED, problem=problem) if problem else info


def _untrained(trained: Choice) -> Choice:
    """Give the choice that takes only its shape and vocabulary from a checkpoint."""
    return Choice(
        trained.run,
        trained.run_name,
        0,
        (UNTRAINED,),
        math.nan,
        trained.checkpoint,
        untrained=True,
        preset=trained.preset,
    )


def _checkpoints(run: Path, name: str, found: Sequence[CheckpointInfo]) -> list[Choice]:
    whole = [info for info in found if info.state == WHOLE]
    measured = [info for info in whole if math.isfinite(info.val_loss)]
    best = min(measured, key=lambda info: (info.val_loss, info.step), default=None)
    last = whole[-1] if whole else None
    return [
        Choice(
            run=run,
            run_name=name,
            step=info.step,
            marks=_marks(info, is_best=info is best, is_last=info is last),
            val_loss=info.val_loss,
            checkpoint=str(info.path),
            state=info.state,
            problem=info.problem,
            train_loss=info.train_loss,
            bytes=info.bytes,
            created=info.created,
        )
        for info in reversed(found)
    ]


def _marks(info: CheckpointInfo, *, is_best: bool, is_last: bool) -> tuple[str, ...]:
    if info.state != WHOLE:
        return (info.state,)
    words = ["best"] if is_best else []
    words += [info.kind] if info.kind in _TOLD_KINDS else []
    words += ["last"] if is_last and info.kind != "final" else []
    return tuple(words)
