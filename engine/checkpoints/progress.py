"""How far a run is: what a checkpoint must hold besides weights and moments."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .. import events


@dataclass
class Progress:
    """How far a run is; saved in each checkpoint's `state.json`."""

    step: int = 0
    train_loss: float = math.nan
    val_loss: float = math.nan
    best_val_loss: float = math.inf
    best_step: int = 0
    evaluations_since_best: int = 0
    evaluated_step: int = -1
    sampled_step: int = -1
    lr_scale: float = 1.0


@dataclass(frozen=True)
class SaveRequest:
    """What the trainer hands to whoever writes checkpoints."""

    step: int
    kind: str
    progress: Progress


SaveCheckpoint = Callable[[SaveRequest], events.Checkpoint]
