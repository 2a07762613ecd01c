from __future__ import annotations

from pathlib import Path

import pytest
from piloting import until
from textual.app import App, ComposeResult
from textual.widgets import Input

from ttgpt.tui.texts.completion import Offered
from ttgpt.tui.widgets.data.source_field import SourceField

KNOWN = [Offered("harbour", "comes with the program"), Offered("tiny-shakespeare", "download")]


class Typing(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.offered: list[str] = []
        self.marked: int | None = None

    def compose(self) -> ComposeResult:
        yield SourceField()
        yield Input(id="next")

    def on_mount(self) -> None:
        self.query_one(SourceField).offer(KNOWN)

    def on_source_field_offers(self, message: SourceField.Offers) -> None:
        self.offered, self.marked = [one.text for one in message.offered], message.marked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "keats-odes.txt").write_text("")
    (tmp_path / "keats-letters.txt").write_text("")
    return tmp_path


async def test_up_and_down_take_what_is_offered() -> None:
    app = Typing()
    async with app.run_test() as pilot:
        field = app.query_one(SourceField)
        await until(pilot, lambda: app.offered)
        await pilot.press("down")
        assert field.value == "harbour"
        await pilot.press("down")
        assert field.value == "tiny-shakespeare"
        await pilot.press("up", "up")
        assert field.value == "tiny-shakespeare"
        await until(pilot, lambda: app.marked == 1)
        assert app.offered == ["harbour", "tiny-shakespeare"]


async def test_tab_completes_until_there_is_a_choice_and_then_goes_on(folder: Path) -> None:
    app = Typing()
    async with app.run_test() as pilot:
        field = app.query_one(SourceField)
        field.value = f"{folder}/k"
        await until(pilot, lambda: len(app.offered) == 2)
        await pilot.press("tab")
        assert field.value == f"{folder}/keats-"
        await pilot.press("o")
        await until(pilot, lambda: app.offered == [f"{folder}/keats-odes.txt"])
        await pilot.press("tab")
        assert field.value == f"{folder}/keats-odes.txt"
        await until(pilot, lambda: app.marked == 0)
        await pilot.press("tab")
        assert app.focused is app.query_one("#next")


async def test_several_texts_have_commas_between_them() -> None:
    app = Typing()
    async with app.run_test() as pilot:
        field = app.query_one(SourceField)
        field.value = "a, b.txt, har"
        assert field.sources == ("a", "b.txt", "har")
        await until(pilot, lambda: app.offered == ["harbour"])
        await pilot.press("tab")
        assert field.value == "a, b.txt, harbour"


async def test_a_comma_in_a_name_is_part_of_it(folder: Path) -> None:
    odes, both = f"{folder}/keats, odes.txt", f"{folder}/keats-odes.txt"
    Path(odes).write_text("")
    app = Typing()
    async with app.run_test() as pilot:
        field = app.query_one(SourceField)
        field.value = f"harbour, {folder}/keats,"
        await until(pilot, lambda: app.offered == [odes])
        await pilot.press("tab")
        assert field.value == f"harbour, {odes}"
        assert field.sources == ("harbour", odes)
        await until(pilot, lambda: app.marked == 0)
        await pilot.press("down")
        assert field.value == f"harbour, {odes}"
        field.value = f"{odes}, {both}, harbour"
        assert field.sources == (odes, both, "harbour")
        field.value = f"{both}, nothing, "
        assert field.sources == (both, "nothing")
