"""Press every navigation key on every screen, dialog and field, at sizes from 1x1 up."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import doctor_scenes
import key_walk
import prepared
import pytest
import scenes

from .tally import Tally, dice

SIZES = [(1, 1), (2, 2), (80, 1), (1, 24), (80, 3), (80, 4), (20, 8), (59, 17), (60, 18)]
SIZES += [(80, 24), (120, 40), (200, 60)]
OPENED = {
    **key_walk.OPENED,
    "1 tab": "DoctorScreen",
    "1 x": "Confirm",
    "1 d": "ErrorDialog",
    "2 x": "Confirm",
    "2 question_mark": "HelpScreen",
    **{f"2{' tab' * tabs}": "DataScreen" for tabs in range(1, 6)},
    "3 a": "Confirm",
    "3 x": "Confirm",
    "3 tab": "TrainScreen",
    "3 z": "TrainScreen",
    "4 tab": "PlaygroundScreen",
    "4 tab tab": "PlaygroundScreen",
    "4 colon": "Palette",
    "5 w": "AskWords",
    "5 x": "Confirm",
    "5 colon": "Palette",
}


def trials(seed: int, home: Path, tally: Tally) -> Iterator[None]:
    """Each trial is one screen, dialog or field, with all keys at all sizes."""
    with pytest.MonkeyPatch.context() as patch:
        scenes.with_text(home)
        runs = [scenes.older(home), scenes.saved_until(scenes.training(home), 1500, 1750)]
        scenes.tried(home)
        prepared.write_set(home, "keats")
        doctor_scenes.put_in(patch, doctor_scenes.many(home))
        tally.tried["screens, dialogs and fields"] = len(OPENED)
        tally.tried["sizes"] = len(SIZES)
        for keys in cycle(dice(seed, "keys").sample(sorted(OPENED), len(OPENED))):
            try:
                asyncio.run(key_walk.walk(home, {keys: OPENED[keys]}, SIZES))
            except Exception as error:
                told = f"{type(error).__name__}: {error}".splitlines()[0]
                tally.fault(keys, told, traceback.format_exc()[-1500:])
            tally.tried["keys"] += len(key_walk.KEYS) * len(SIZES)
            tally.tried["opened"] += 1
            yield
        for run in runs:
            run.close()
