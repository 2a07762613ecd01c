"""What comes when a screen is half taken down already, as when the app closes, is dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from piloting import FAST, until
from textual.worker import Worker
from written_run import WrittenRun, opened

from ttgpt.engine import events
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.places import TRAIN
from ttgpt.tui.runs.glance import Glance, glance
from ttgpt.tui.screens import chart_actions, run_actions
from ttgpt.tui.screens.frame import FramedScreen
from ttgpt.tui.watching.history import History
from ttgpt.tui.widgets.key_line import KeyLine

Late = Callable[[Any], Worker[None] | None]


@pytest.fixture
def run(home: Path) -> WrittenRun:
    run = WrittenRun(home, live=False)
    run.write(opened())
    run.train(100)
    run.write(events.Finished(100, "stopped"))
    run.folder.update(state="stopped")
    run.close()
    return run


def _watched(screen: FramedScreen) -> Glance:
    watch = screen.ttgpt.run_watch
    assert watch is not None
    return glance(watch.run)


LATE: dict[str, tuple[str, Late]] = {
    "overlays": (TRAIN, lambda screen: screen._choose_overlays()),
    "a part of the chart": (TRAIN, lambda screen: screen._read_detail(0, 100)),
    "an ended worker": (TRAIN, lambda screen: screen._kill()),
    "own values": ("Play", lambda screen: screen._change_own(lambda home: [])),
    "a deed": ("Runs", lambda screen: screen._say("done")),
    "a run in the trash": ("Runs", lambda screen: screen._delete(_watched(screen))),
}


@pytest.mark.parametrize("what", LATE)
async def test_what_comes_too_late_is_dropped(
    home: Path, run: WrittenRun, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    place, come = LATE[what]
    app = TtgptApp(home, FAST, attach=run.folder)

    async def choose_none(screen: object) -> list[object]:
        return []

    monkeypatch.setattr(app, "push_screen_wait", choose_none)
    monkeypatch.setattr(chart_actions, "read_detail", lambda *given: History())
    monkeypatch.setattr(run_actions, "kill_worker", lambda run: None)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_watch is not None and app.run_watch.has_caught_up)
        app.action_go(place)
        await until(pilot, lambda: app.current_mode == place and app.screen.query(KeyLine))
        await pilot.pause()
        screen = app.screen
        await screen.remove_children()
        worker = come(screen)
        if worker is not None:
            await worker.wait()
