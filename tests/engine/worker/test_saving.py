"""What is written as a checkpoint, and what never is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from saved_run import CHARACTERS
from written_run import WrittenRun

from ttgpt.engine.checkpoints.info import list_checkpoints
from ttgpt.engine.checkpoints.progress import Progress, SaveRequest
from ttgpt.engine.sampling.sampler import NotFiniteError
from ttgpt.engine.training.dial import Dial
from ttgpt.engine.worker.saving import CheckpointSaver


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_never_saved(home: Path, bad: float) -> None:
    run = WrittenRun(home, live=False)
    weights = {"wte.weight": np.zeros((4, 4), np.float32)}
    session: Any = SimpleNamespace(weights=lambda: weights, optimizer_state=dict)
    save = CheckpointSaver(run.folder, session, CHARACTERS, Dial(run.folder.config()))
    save(SaveRequest(1, "interval", Progress(step=1)))
    weights["wte.weight"][2, 3] = bad
    with pytest.raises(NotFiniteError, match="wte"):
        save(SaveRequest(2, "interval", Progress(step=2)))
    assert [found.step for found in list_checkpoints(run.folder.path)] == [1]
    run.close()


@pytest.mark.parametrize("labels", [b"[" * 100_000, b"{}", b'{"1": 5}', b""])
def test_damaged_labels_end_no_training_and_drop_nothing(home: Path, labels: bytes) -> None:
    run = WrittenRun(home, live=False)
    weights = {"wte.weight": np.zeros((4, 4), np.float32)}
    session: Any = SimpleNamespace(weights=lambda: weights, optimizer_state=dict)
    save = CheckpointSaver(run.folder, session, CHARACTERS, Dial(run.folder.config()))
    (run.folder.path / "labels.json").write_bytes(labels)
    for number in range(1, 9):
        save(SaveRequest(number, "interval", Progress(step=number)))
    kept = [found.step for found in list_checkpoints(run.folder.path)]
    assert (kept == [*range(1, 9)]) == (labels != b"{}")
    run.close()
