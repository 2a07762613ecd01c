"""The short form of `torture.kills`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from torture import kills
from torture.tally import Tally


@pytest.mark.timeout(300)  # it starts a process for each trial and more
def test_killed_inside_its_writing_a_run_goes_on_as_if_nothing_had_been(home: Path) -> None:
    tally = Tally()
    list(islice(kills.trials(1, home, tally, kills=2), 1))
    assert tally.faults == {}
    assert tally.tried["kills"] == 2
