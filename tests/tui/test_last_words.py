"""Why a worker that generates could not be started, where it could not say so itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttgpt.engine.worker.player import PlayerFolder
from ttgpt.tui.last_words import last_words, log_size
from ttgpt.tui.link import WorkerGone
from ttgpt.tui.reach import reach_worker


def test_what_earlier_workers_wrote_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    assert (log_size(log), last_words(log)) == (0, "")
    log.write_text("ValueError: long ago\n")
    begun = log_size(log)
    assert last_words(log, begun) == ""
    log.write_text(log.read_text() + "Traceback\nOSError: \x1b[31mno\n")
    assert last_words(log, begun) == "Traceback\nOSError: ␛[31mno"


async def test_an_error_that_nobody_foresaw_is_told_in_the_worker_s_words(home: Path) -> None:
    player = PlayerFolder(home / "player")
    player.lock.mkdir(parents=True)  # a true worker stumbles over it
    player.log.write_text("ValueError: long ago\n")
    with pytest.raises(WorkerGone) as caught:
        await reach_worker(home)
    assert caught.value.why.startswith("IsADirectoryError:")
    assert str(player.log) in caught.value.next_step
