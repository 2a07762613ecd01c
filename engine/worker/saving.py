"""Write a run's checkpoints, drop those not worth keeping, find the one to go on from."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from .. import convert, events
from ..backends import Session, Weights
from ..checkpoints import checkpoint
from ..checkpoints.folder import remove
from ..checkpoints.info import folder_of, list_checkpoints
from ..checkpoints.labels import read_labels
from ..checkpoints.progress import Progress, SaveRequest
from ..checkpoints.retention import to_delete
from ..data.tokenizer import Tokenizer
from ..disk.reading import DamagedFileError
from ..errors import DataError
from ..runs.rundir import RunFolder
from ..sampling.sampler import NotFiniteError
from ..training.dial import Dial


class CheckpointSaver:
    """Saves one session's state into its run folder.

    Args:
        run: The run.
        session: What it trains.
        tokenizer: Its vocabulary.
        dial: Its live settings.
        in_use: Gives the folders of the checkpoints that texts are written with: these stay.
    """

    def __init__(
        self,
        run: RunFolder,
        session: Session,
        tokenizer: Tokenizer,
        dial: Dial,
        in_use: Callable[[], Iterable[Path]] = lambda: (),
    ) -> None:
        self._run = run
        self._in_use = in_use
        self._session = session
        self._tokenizer = tokenizer
        self._dial = dial

    def __call__(self, request: SaveRequest) -> events.Checkpoint:
        """Save, then drop what retention no longer keeps.

        Raises:
            DataError: The disk refused; earlier checkpoints are untouched.
            NotFiniteError: The weights are no numbers; nothing was written.
        """
        progress = request.progress
        config = self._dial.config
        # A loss belongs to the weights it was measured on, not to those some steps later.
        is_measured = progress.evaluated_step == request.step
        losses = {
            "train_loss": progress.train_loss if is_measured else math.nan,
            "val_loss": progress.val_loss if is_measured else math.nan,
        }
        path = checkpoint.save(
            self._run.checkpoints,
            request.step,
            _finite(self._session.weights()),
            self._session.optimizer_state(),
            config=config.to_dict(),
            tokenizer_json=self._tokenizer.to_json(),
            state={
                "kind": request.kind,
                "tokens": request.step * config.train.sequences_per_step * config.model.block_size,
                **losses,
                "progress": dataclasses.asdict(progress),
            },
        )
        self._drop_old()
        return events.Checkpoint(
            step=request.step,
            path=str(path.relative_to(self._run.path)),
            bytes=sum(file.stat().st_size for file in path.iterdir()),
            **losses,
            kind=request.kind,
        )

    def _drop_old(self) -> None:
        train = self._dial.config.train
        found = list_checkpoints(self._run.path)
        try:
            asked = [step for step, label in read_labels(self._run.path).items() if label.kept]
        except DamagedFileError as error:
            print(f"no checkpoint is dropped: which to keep is not known: {error.what}")
            return
        for_good = {*train.milestones, *asked}
        used = set(self._in_use())
        for step in to_delete(found, train.keep_last, train.keep_best, for_good):
            folder = folder_of(self._run.checkpoints.absolute(), step)
            if folder not in used:  # else once it is not, at a later save
                remove(folder)


@dataclasses.dataclass(frozen=True)
class Restored:
    """Where a run goes on from, and what had to be passed over to get there."""

    checkpoint: checkpoint.LoadedCheckpoint | None
    progress: Progress
    damaged: list[str]


def newest_whole(run: RunFolder) -> Restored:
    """Load the newest checkpoint that is whole; none gives a fresh start."""
    damaged: list[str] = []
    for found in reversed(list_checkpoints(run.path)):
        try:
            loaded = checkpoint.load(found.path)
            return Restored(loaded, _progress(loaded.state["progress"]), damaged)
        except DataError as error:
            damaged.append(error.what)
    return Restored(None, Progress(), damaged)


def _finite(weights: Weights) -> Weights:
    """Give the weights if they are worth keeping."""
    for name, values in weights.items():
        if not np.isfinite(values).all():
            raise NotFiniteError(f"{name} is not finite.", "Its weights have grown without bound.")
    return weights


def _progress(raw: dict[str, object]) -> Progress:
    # JSON has no name for what is not finite: null stands for "not measured yet".
    known = convert.field_types(Progress)
    given = {k: v for k, v in raw.items() if k in known and v is not None}
    progress = Progress(**given)  # type: ignore[arg-type]
    if raw.get("best_val_loss") is None:
        progress.best_val_loss = math.inf
    return progress
