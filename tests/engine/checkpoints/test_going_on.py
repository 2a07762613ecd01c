"""From which checkpoint a run goes on, and where it stands then."""

from __future__ import annotations

import math
from pathlib import Path

from saved_run import save_checkpoint
from written_run import WrittenRun

from ttgpt.engine.checkpoints.checkpoint import load
from ttgpt.engine.worker.saving import newest_whole


def test_a_checkpoint_without_progress_still_tells_its_step_and_losses(home: Path) -> None:
    """As one that was taken in, and then copied into a run by hand."""
    run = WrittenRun(home, live=False)
    save_checkpoint(run.folder.path, 500, val_loss=2.5)
    found = newest_whole(run.folder)
    assert (found.progress.step, found.progress.val_loss) == (500, 2.5)
    assert found.progress.best_val_loss == math.inf
    assert found.damaged == []
    run.close()


def test_progress_that_was_saved_stays_as_it_is(home: Path, tmp_path: Path) -> None:
    saved = {"step": 500, "best_step": 400}
    folder = save_checkpoint(tmp_path, 500, progress=saved)
    assert load(folder).state["progress"] == saved
