"""What keeps a worker from being started is told, not raised as it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttgpt.engine.errors import DataError
from ttgpt.engine.worker.launch import start_player
from ttgpt.engine.worker.player import PlayerFolder


@pytest.mark.parametrize("in_the_way", ["player", "player/worker.log/"])
def test_a_player_that_cannot_have_its_files_is_told(home: Path, in_the_way: str) -> None:
    if in_the_way.endswith("/"):
        (home / in_the_way).mkdir(parents=True)
    else:
        (home / in_the_way).write_text("")
    with pytest.raises(DataError, match="cannot be started"):
        start_player(PlayerFolder(home / "player"))
