"""The short form of `torture.flood`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from torture import flood
from torture.tally import Tally


@pytest.mark.timeout(300)  # it starts a process for each trial and more
def test_a_flood_of_the_socket_changes_no_step(home: Path) -> None:
    tally = Tally()
    list(islice(flood.trials(1, home, tally, steps=200), 1))
    assert tally.faults == {}
    assert tally.tried["peaceful questions answered"] > 0
