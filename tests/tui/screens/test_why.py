"""See why each token was drawn, go on from any of them, and from the end."""

from pathlib import Path

import pytest
from fake_worker import DRAWN_SEED, FakeWorker
from piloting import text_of, until, until_shown
from playing import keys, line, playing, screen, settled, text
from textual.pilot import Pilot
from written_run import WrittenRun

from ttgpt.engine.commands import Generate, Inspect
from ttgpt.engine.errors import DataError
from ttgpt.tui.play.history import read_history
from ttgpt.tui.settings import Settings
from ttgpt.tui.widgets.play.probability_bars import ProbabilityBars
from ttgpt.tui.widgets.play.token_stream import TokenStream
from ttgpt.tui.widgets.play.why_panel import WhyPanel
from ttgpt.tui.widgets.play.writing import Writing
from ttgpt.tui.widgets.slider import Slider


async def written(pilot: Pilot[None], worker: FakeWorker, tokens: int = 12) -> None:
    """Have a text of some tokens."""
    await pilot.press("enter")
    await worker.allow(tokens)
    await until(pilot, lambda: len(text(pilot)) == tokens)
    await pilot.press("escape")
    await until(pilot, lambda: keys(pilot).get("w") == "why")


async def test_why_shows_what_the_model_thought_at_the_cursor(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await written(pilot, worker)
    await pilot.press("w")
    shown = await until_shown(pilot, "cut top-p")
    assert "entropy 1.42→1.18 nats" in shown
    assert "4 may be drawn, 37 seen" in shown
    [asked] = worker.commands(Inspect)
    assert (asked.text, asked.ids) == ("ROMEO:\n", tuple(map(ord, "What say yo")))
    assert asked.drawn == ord("u")
    await pilot.press("left", "left", "left", "left")
    await until(pilot, lambda: worker.commands(Inspect)[-1].drawn == ord("y"))
    assert worker.commands(Inspect)[-1].ids == tuple(map(ord, "What sa"))
    await until_shown(pilot, "▸ y")


async def test_turning_a_slider_shows_what_it_does_to_the_chances(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await written(pilot, worker)
    await pilot.press("w")
    await until(pilot, lambda: worker.commands(Inspect))
    screen(pilot).query(Slider).first().focus()
    await pilot.press(*"1.5", "enter")
    await until(pilot, lambda: worker.commands(Inspect)[-1].temperature == 1.5)
    assert keys(pilot)["Esc"] == "close"
    await pilot.press("escape")
    await until(pilot, lambda: screen(pilot).query_one(TokenStream).pointed is None)
    assert "entropy" not in text_of(pilot.app)


async def test_a_text_branches_at_the_cursor(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await written(pilot, worker)
    await pilot.press("w", "left", "left", "left", "b")
    await until(pilot, lambda: len(worker.commands(Generate)) == 2)
    branched = worker.commands(Generate)[1]
    assert branched.ids == tuple(map(ord, "What say"))
    assert branched.seed == DRAWN_SEED
    await worker.allow(3)
    await until(pilot, lambda: text(pilot) == "What sayWha")
    assert not screen(pilot).has_class("-why")


async def test_more_goes_on_where_the_text_ended_with_its_own_seed(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await written(pilot, worker, tokens=4)
    await pilot.press("m")
    await until(pilot, lambda: len(worker.commands(Generate)) == 2)
    more = worker.commands(Generate)[1]
    assert (more.ids, more.seed) == (tuple(map(ord, "What")), DRAWN_SEED)
    assert (more.prompt, more.num_samples) == ("ROMEO:\n", 1)
    await worker.allow(4)
    await until(pilot, lambda: text(pilot) == "WhatWhat")
    assert line(pilot).strip().startswith("4/300")


async def test_a_text_that_broke_off_is_kept_and_goes_on_with_its_own_seed(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await pilot.press("enter")
    await worker.allow(4)
    await until(pilot, lambda: text(pilot) == "What")
    await worker.die()
    await until(pilot, lambda: read_history(home))
    [entry] = read_history(home)
    assert (entry.samples, entry.command.seed, entry.step) == (("What",), DRAWN_SEED, 1000)
    await until(pilot, lambda: keys(pilot).get("w") == "why")
    await pilot.press("m")
    await until(pilot, lambda: len(worker.commands(Generate)) == 2)
    more = worker.commands(Generate)[1]
    assert (more.ids, more.seed) == (tuple(map(ord, "What")), DRAWN_SEED)


async def test_the_text_is_marked_by_how_surprising_it_was(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await written(pilot, worker, tokens=5)
    stream = screen(pilot).query_one(TokenStream)
    assert not any(s.style and s.style.underline for s in stream.render_line(1))
    await pilot.press("w", "left")
    await pilot.pause()
    marked = {s.text: s.style.underline for s in stream.render_line(1) if s.style}
    assert marked[" "]  # the fifth token of the fake worker has 3 nats: a chance below 1/10
    assert not marked["W"]


async def test_a_worker_that_cannot_explain_is_a_line(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await written(pilot, worker)
    await worker.die()
    worker.refuses = DataError("It is [damaged].", "", "")
    await pilot.press("w")
    await until(pilot, lambda: worker.commands(Inspect))
    await pilot.press("left", "escape")
    assert text(pilot) == "What say you"


async def test_a_cursor_that_runs_asks_no_faster_than_sliders_do(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    await written(pilot, worker)
    monkeypatch.setattr("ttgpt.tui.widgets.play.why_panel.ADJUST_PERIOD", 3600.0)
    await pilot.press("w")
    await until_shown(pilot, "of chance")
    await pilot.press("left", "left", "left")
    await settled(pilot)
    assert len(worker.commands(Inspect)) == 1


async def test_of_several_samples_the_next_is_shown(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    panel = screen(pilot)
    panel.query("NumberField").last().focus()
    await pilot.press(*"2", "enter", "escape")
    await written(pilot, worker)
    assert keys(pilot).get("s", "next sample") == "next sample"
    await pilot.press("s")
    writing = screen(pilot).query_one(Writing)
    assert writing.shown == 1
    await pilot.press("s")
    assert writing.shown == 0
    assert len(writing.plain.split("--- 2 of 2 ---")) == 2


async def test_bars_stay_in_their_width(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await written(pilot, worker)
    await pilot.press("w")
    await until_shown(pilot, "cut top-p")
    bars = screen(pilot).query_one(ProbabilityBars)
    for width in (24, 30, 39, 80):
        for drawn in bars.draw(width, 12):
            assert drawn.cell_length <= width, drawn.plain


async def test_in_ascii_all_of_it_is_ascii(run: WrittenRun, worker: FakeWorker, home: Path) -> None:
    async with playing(home, settings=Settings(repaint_rate=30.0, marker="ascii")) as pilot:
        await written(pilot, worker)
        await pilot.press("w")
        shown = await until_shown(pilot, "cut top-k")
        panel = screen(pilot).query_one(WhyPanel).region
        lines = [line[panel.x :] for line in shown.splitlines()[panel.y : panel.bottom]]
        assert any("after ROMEO:/What" in line for line in lines)
        assert all(line.isascii() for line in lines), lines
