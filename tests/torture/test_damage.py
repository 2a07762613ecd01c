"""The short form of `torture.damage`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from torture import damage
from torture.tally import Tally


@pytest.mark.timeout(300)  # it starts a process for each trial and more
def test_whatever_is_damaged_every_command_answers_in_words(home: Path) -> None:
    tally = Tally()
    list(islice(damage.trials(2, home, tally), 25))
    assert tally.faults == {}
    assert tally.tried["damages"] >= 24
