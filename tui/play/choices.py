"""What one can play with: the checkpoints of all runs, and the live weights of the one that trains.

Reads the run folders, so it belongs in a thread.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine.checkpoint_info import CONFIG, TOKENIZER, WHOLE, CheckpointInfo, list_checkpoints
from ttgpt.engine.config import RunConfig
from ttgpt.engine.data.tokenizer import Tokenizer
from ttgpt.engine.errors import DataError, TtgptError
from ttgpt.engine.rundir import RunFolder, list_runs

LIVE = "live"

_TOLD_KINDS = {"final": "final", "milestone": "milestone", "asked": "asked"}


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

    @property
    def key(self) -> tuple[Path, str]:
        """What stays the same when the list is read again."""
        return self.run, self.checkpoint

    @property
    def is_live(self) -> bool:
        """Whether these are the weights of a job that trains now."""
        return not self.checkpoint

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


def list_choices(home: Path) -> list[Choice]:
    """List what can write: live weights first, then each run's checkpoints, the newest first."""
    live: list[Choice] = []
    saved: list[Choice] = []
    for run in list_runs(home):
        name, trains = _look_at(run)
        if trains:
            live.append(Choice(run.path, name, None, (LIVE,), math.nan, ""))
        saved += _saved(run.path, name, list_checkpoints(run.path))
    return live + saved


def read_vocabulary(choice: Choice) -> Vocabulary | None:
    """Read what a choice can read; None when a file cannot be used, which its worker will tell."""
    try:
        folder = choice.run if choice.is_live else Path(choice.checkpoint)
        config = RunConfig.from_dict(json.loads((folder / CONFIG).read_bytes()))
        tokenizer = Tokenizer.load(_tokenizer_path(choice))
    except (OSError, ValueError, TtgptError):
        return None
    prompts = config.sample.prompts
    return Vocabulary(tokenizer, config.model.block_size, prompts[0] if prompts else "")


def _tokenizer_path(choice: Choice) -> Path:
    if not choice.is_live:
        return Path(choice.checkpoint) / TOKENIZER
    # A run without a checkpoint has its vocabulary only in the data set it reads.
    home = choice.run.parent.parent
    return home / RunFolder(choice.run).info().data / TOKENIZER


def _look_at(run: RunFolder) -> tuple[str, bool]:
    try:
        return run.info().name, run.owner() is not None and run.is_live()
    except DataError:
        # Its checkpoints may still be good; the folder's name is "date-time-name".
        return run.path.name[18:] or run.path.name, False


def _saved(run: Path, name: str, found: Sequence[CheckpointInfo]) -> list[Choice]:
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
        )
        for info in reversed(found)
    ]


def _marks(info: CheckpointInfo, *, is_best: bool, is_last: bool) -> tuple[str, ...]:
    if info.state != WHOLE:
        return (info.state,)
    told = _TOLD_KINDS.get(info.kind)
    words = ["best"] if is_best else []
    words += [told] if told else []
    words += ["last"] if is_last and told != "final" else []
    return tuple(words)
