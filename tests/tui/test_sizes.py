"""Whatever the size of the terminal, and however it changes: nothing breaks, nothing spills."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import doctor_scenes
import key_walk
import pytest
import scenes
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from piloting import until
from rich.cells import cell_len
from textual.geometry import Size
from textual.pilot import Pilot
from textual.widget import Widget
from written_run import WrittenRun

from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens.base import is_too_small
from ttgpt.tui.settings import Marker
from ttgpt.tui.widgets.key_line import KeyLine

_SIZES = st.tuples(st.integers(1, 300), st.integers(1, 100))
_EDGES = [(1, 1), (300, 1), (1, 100), (59, 18), (60, 17), (60, 18), (80, 24), (300, 100), (2, 2)]
_TINY = [(80, 4), (1, 1), (59, 40)]
_SHOWN = {
    "the doctor": ["1"],
    "the run": ["3"],
    "the chart": ["3", "z", "v", "m", "up"],
    "the playground": ["4"],
    "the runs": ["5"],
}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Two runs, one of them live, for all examples."""
    with tempfile.TemporaryDirectory(prefix="ttgpt-") as folder, pytest.MonkeyPatch.context() as m:
        scenes.nail_down(m)
        home = Path(folder)
        scenes.with_text(home)
        doctor_scenes.put_in(m, doctor_scenes.many(home))
        runs: list[WrittenRun] = [scenes.older(home)]
        runs.append(scenes.saved_until(scenes.training(home), 1500, 1750))
        yield home
        for run in runs:
            run.close()


@pytest.mark.parametrize("shown", _SHOWN)
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(marker="braille", sizes=_EDGES)
@given(
    marker=st.sampled_from(["braille", "block", "ascii"]),
    sizes=st.lists(_SIZES, min_size=2, max_size=5),
)
def test_any_size_holds(
    home: Path, shown: str, marker: Marker, sizes: list[tuple[int, int]]
) -> None:
    asyncio.run(_resize_through(home, _SHOWN[shown], marker, sizes))


def test_no_key_ends_the_app_where_there_is_no_room(home: Path) -> None:
    asyncio.run(key_walk.walk(home, _some("3 colon", "3 question_mark", "3 e", "4 p"), _TINY))


@pytest.mark.parametrize("closing", ["enter", "q"])
def test_what_is_closed_twice_closes_once(home: Path, closing: str) -> None:
    asyncio.run(key_walk.walk(home, _some("3 colon", "3 question_mark", "3 q"), [], closing))


def _some(*keys: str) -> dict[str, str]:
    return {some: key_walk.OPENED[some] for some in keys}


async def _resize_through(
    home: Path, keys: list[str], marker: Marker, sizes: list[tuple[int, int]]
) -> None:
    app = TtgptApp(home, replace(scenes.SETTINGS, marker=marker))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_watch is not None and app.run_watch.state.step)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: app.focused is not None)
        focused = app.focused
        for size in sizes:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            _check(pilot, size)
            assert app.focused is focused


def _check(pilot: Pilot[None], size: tuple[int, int]) -> None:
    assert isinstance(pilot.app, TtgptApp)
    screen = pilot.app.screen
    rows = [strip.text for strip in screen._compositor.render_strips()]
    assert len(rows) == size[1]
    assert {cell_len(row) for row in rows} == {size[0]}
    assert all(row.isascii() for row in rows) or pilot.app.settings.glyphs != "ascii"
    if is_too_small(Size(*size)):
        assert not any(key in "".join(rows) for key in ("? help", "Train"))
        return
    assert rows[-1].rstrip().endswith("? help")
    assert "3 Train" in rows[0]
    shown = [widget for widget in screen.query("*") if widget.display and widget.region]
    spilled = [
        widget
        for widget in shown
        if isinstance(widget.parent, Widget)
        and not widget.parent.region.contains_region(widget.region)
    ]
    assert not spilled
    assert screen.query_one(KeyLine).region.y == size[1] - 1
