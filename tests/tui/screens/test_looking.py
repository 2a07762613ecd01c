"""Looking into the chart of a run, by keys."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import FAST, text_of, until, until_shown
from textual.pilot import Pilot
from written_run import WrittenRun, curve, opened, step

from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens.overlays import OverlayChoice
from ttgpt.tui.widgets.chart.glyphs import GLYPHS
from ttgpt.tui.widgets.chart.loss_chart import LossChart
from ttgpt.tui.widgets.train.run_view import RunView
from ttgpt.tui.widgets.train.sample_view import SampleView


@pytest.fixture
def run(home: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(home)
    made.write(opened())
    made.train(1000)
    yield made
    made.close()


@pytest.fixture
def app(home: Path, run: WrittenRun) -> TtgptApp:
    return TtgptApp(home, FAST, attach=run.folder)


def chart(pilot: Pilot[None]) -> LossChart:
    return pilot.app.screen.query_one(LossChart)


async def looking(pilot: Pilot[None], last: int = 1000) -> LossChart:
    await until_shown(pilot, f"{last:,} / 3,000")
    await pilot.press("z")
    await until_shown(pilot, f"@{last:,}  loss")
    return chart(pilot)


async def test_the_chart_takes_the_room_of_the_samples_and_gives_it_back(app: TtgptApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        widget = await looking(pilot)
        samples = pilot.app.screen.query_one(SampleView)
        await until(pilot, lambda: not samples.region)
        high = widget.size.height
        await pilot.press("escape")
        await until(pilot, lambda: samples.region)
        assert widget.size.height < high
        assert isinstance(app.focused, RunView)
        assert "loss  ─ train" in text_of(app)


async def test_the_arrows_tell_exact_values(app: TtgptApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        widget = await looking(pilot)
        assert f"loss {curve(1000):.3f}" in text_of(app)
        await pilot.press(*["left"] * 10)
        at = widget.view.cursor
        assert at is not None
        assert 400 < at < 900
        await until_shown(pilot, f"@{at:,.0f}  loss {curve(round(at)):.3f}")
        await pilot.press(*["left"] * 50)
        await until_shown(pilot, "@10  loss")
        await pilot.press("right")
        await until(pilot, lambda: (widget.view.cursor or 0) > 10)


@pytest.mark.parametrize("pane", ["", "tokens/s"])
async def test_a_click_puts_the_cursor_where_the_mouse_is(app: TtgptApp, pane: str) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        widget = await looking(pilot)
        while widget.view.pane != pane:
            await pilot.press("v")
        for column in (12, 15, 21):
            await pilot.click(widget, offset=(column, 3))
            await until(pilot, lambda at=column: cursor_column(widget) == at)  # type: ignore[misc]


def cursor_column(widget: LossChart) -> int:
    """Give the column of the upright line; further left there is the axis, drawn alike."""
    return widget.render_line(3).text.rfind(GLYPHS["braille"].cursor)


async def test_closer_along_and_back(app: TtgptApp, run: WrittenRun) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        widget = await looking(pilot)
        await pilot.press("up", "up")
        window = widget.view.window
        assert window is not None
        assert window[1] == 1000
        run.write(step(1010))  # at the end, the window goes along
        await until_shown(pilot, "@1,010  loss")
        await until(pilot, lambda: widget.view.follows)
        await pilot.press("b", "b")
        assert widget.view.window is not None
        assert widget.view.window[1] < 1000
        await pilot.press("z")
        assert widget.view.window is None


async def test_axes_smoothing_and_what_is_below(app: TtgptApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await looking(pilot)
        await pilot.press("m")
        await until_shown(pilot, " s ")
        await pilot.press("escape", "l")
        await until_shown(pilot, "loss, log axis")
        await pilot.press("z", "u", "u", "escape")
        await until_shown(pilot, "average of 100")
        await pilot.press("z", "d", "d", "d", "d", "escape")
        await until_shown(pilot, "not smoothed")
        await pilot.press("z")
        for words in ("learning rate 4.1e-04", "gradient norm 0.87", "tokens/s 3,696"):
            await pilot.press("v")
            await until_shown(pilot, words)
        await pilot.press("v")
        await until(pilot, lambda: "tokens/s 3,696" not in text_of(app))


async def test_other_runs_are_marked_and_drawn(app: TtgptApp, home: Path) -> None:
    other = WrittenRun(home, "earlier", live=False)
    other.write(opened(), *(step(at, 3.0) for at in range(10, 500, 10)))
    async with app.run_test(size=(100, 30)) as pilot:
        await looking(pilot)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, OverlayChoice))
        await until_shown(pilot, "earlier")
        await pilot.press("enter", "escape", "escape")
        await until_shown(pilot, "a earlier 3.00")
        await pilot.press("z", *["left"] * 30)
        await until_shown(pilot, "a 3.000")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, OverlayChoice))
        await pilot.press("enter", "escape", "escape")
        await until(pilot, lambda: "a earlier" not in text_of(app))
    other.close()


async def test_without_other_runs_it_says_so(app: TtgptApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await looking(pilot)
        await pilot.press("o")
        await until_shown(pilot, "There is no other run yet.")
        await pilot.press("escape")
        await until_shown(pilot, "@1,000  loss")


async def test_close_up_every_single_step_is_there(home: Path) -> None:
    long = WrittenRun(home, "long")
    long.write(opened(max_steps=9000))
    long.write(*(step(at, 2.0 + math.sin(at)) for at in range(1, 8001)))
    app = TtgptApp(home, FAST, attach=long.folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "8,000 / 9,000")
        await pilot.press("z")
        await until_shown(pilot, "@8,000  loss")
        assert " to " in text_of(app).split("@8,000  loss", 1)[1].split("\n")[0]
        await pilot.press(*["up"] * 8)
        await until_shown(pilot, f"@8,000  loss {2.0 + math.sin(8000):.3f}")
        await pilot.press("left")
        await until_shown(pilot, "@7,99")
    long.close()


async def test_clicking_puts_the_cursor_there(app: TtgptApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        widget = await looking(pilot)
        await pilot.click(LossChart, offset=(20, 4))
        await until(pilot, lambda: widget.view.cursor is not None and widget.view.cursor < 900)
