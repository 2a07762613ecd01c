"""The screens one can go to, in the order of their digits. Adding one is adding a line."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual.screen import Screen


class Place(NamedTuple):
    """A screen with the digit that leads to it; it is imported when it is first gone to."""

    digit: str
    title: str
    module: str
    screen: str

    def make(self) -> Screen[None]:
        """Make the screen."""
        module = importlib.import_module(self.module)
        made: Screen[None] = getattr(module, self.screen)()
        return made


PLACES = (
    Place("1", "Doctor", "ttgpt.tui.screens.doctor", "DoctorScreen"),
    Place("2", "Data", "ttgpt.tui.screens.data", "DataScreen"),
    Place("3", "Train", "ttgpt.tui.screens.train", "TrainScreen"),
    Place("4", "Play", "ttgpt.tui.screens.playground", "PlaygroundScreen"),
    Place("5", "Runs", "ttgpt.tui.screens.runs", "RunsScreen"),
)

TRAIN = "Train"
"""Where runs are started and shown; the app opens there."""

DOCTOR = "Doctor"
"""Where it can be found out what a host lacks."""
