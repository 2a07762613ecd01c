from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import prepared
import pytest
from piloting import FAST, text_of, until, until_shown
from scripted_asking import ScriptedAsking
from textual.pilot import Pilot
from textual.widgets import Input
from written_run import WrittenRun

from ttgpt.engine.data.analysis import SourceFact
from ttgpt.engine.data.asking import Progress
from ttgpt.engine.data.sources import DOWNLOADS
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.widgets.choice_field import ChoiceField
from ttgpt.tui.widgets.data.set_list import SetList
from ttgpt.tui.widgets.data.source_field import SourceField
from ttgpt.tui.widgets.switches import Switches

NO_TEXT = DataError("There is no text nope.", "It is no file.", "Tab completes a path.")
HALF_WAY = Progress("encoding", 36, 50)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> ScriptedAsking:
    return ScriptedAsking(monkeypatch)


@asynccontextmanager
async def data_screen(home: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    app = TtgptApp(home, FAST)
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: bool(app.screen.query(SetList)))
        await until_shown(pilot, "None yet." if not (home / "data").exists() else "tokens")
        yield pilot


async def source(pilot: Pilot[None], text: str) -> None:
    """Type a source into a form that was just begun."""
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.focused, SourceField))
    field = pilot.app.screen.query_one(SourceField)
    field.value = ""
    await pilot.press(*text)
    assert field.value == text


async def go_to(pilot: Pilot[None], kind: type[ChoiceField] | type[Switches]) -> None:
    while not isinstance(pilot.app.focused, kind):
        await pilot.press("tab")


async def test_an_empty_home_invites_to_the_bundled_text(home: Path, asked: ScriptedAsking) -> None:
    async with data_screen(home) as pilot:
        await until_shown(pilot, "487,312 characters")
        assert "Enter prepare harbour" in text_of(pilot.app)
        await pilot.press("enter")
        await until_shown(pilot, "keats is prepared: 440 tokens, vocabulary")
        assert [recipe.sources for recipe, _ in asked.prepared] == [("harbour",)]
        await until_shown(pilot, "▸ keats")


async def test_a_source_is_looked_at_once_nobody_types(home: Path, asked: ScriptedAsking) -> None:
    prepared.write_set(home, "old")
    async with data_screen(home) as pilot:
        assert not asked.analysed
        await source(pilot, "books/1.txt")
        await until_shown(pilot, "487,312 characters")
        assert asked.analysed[-1].sources == ("books/1.txt",)
        assert "5 characters occur once" not in text_of(pilot.app)
        await pilot.press("enter")
        await until_shown(pilot, "≈141 k")
        await pilot.press("tab")
        await until_shown(pilot, "5 characters occur once")
        assert "writes data/keats, 975 kB" in text_of(pilot.app)


async def test_of_a_path_longer_than_the_field_the_end_is_seen(
    home: Path, asked: ScriptedAsking
) -> None:
    async with data_screen(home) as pilot:
        await source(pilot, "books/of/the/last/century/keats.txt")
        await until_shown(pilot, "last/century/keats.txt")


async def test_nothing_that_is_known_of_a_text_is_told_of_another(
    home: Path, asked: ScriptedAsking
) -> None:
    async with data_screen(home) as pilot:
        await source(pilot, "keats.txt")
        await until_shown(pilot, "writes data/keats")
        asked.holds_at = HALF_WAY
        await pilot.press("2")
        shown = await until_shown(pilot, "encoding 72 %")
        assert "keats.txt2" in shown
        assert "data/keats" not in shown
        assert "name       keats" not in shown
        assert "487,312" not in shown
        await pilot.press("enter")
        assert "v preview" not in text_of(pilot.app)
        asked.holds_at = None
        await until_shown(pilot, "writes data/keats")


async def test_another_tokenizer_is_another_recipe(home: Path, asked: ScriptedAsking) -> None:
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await pilot.press("enter", "right", "right")
        await until_shown(pilot, "vocabulary 4096")
        await until(pilot, lambda: asked.analysed[-1].tokenizer == "bpe")
        await pilot.press("down", "right")
        await until(pilot, lambda: asked.analysed[-1].vocab_size == 4352)


async def test_a_switch_says_what_it_would_do(home: Path, asked: ScriptedAsking) -> None:
    async with data_screen(home) as pilot:
        await until_shown(pilot, "487,312 characters")
        await source(pilot, "a.txt")
        await go_to(pilot, Switches)
        await pilot.press("down")
        await until_shown(pilot, "would change 412 lines")
        await pilot.press("space")
        await until(pilot, lambda: asked.analysed[-1].cleaning.blank_lines)
        assert "[x] blanks" in text_of(pilot.app)


async def test_an_error_stands_in_the_form_and_loses_nothing(
    home: Path, asked: ScriptedAsking
) -> None:
    asked.answer = NO_TEXT
    async with data_screen(home) as pilot:
        await source(pilot, "nope")
        shown = await until_shown(pilot, "There is no text nope.")
        assert "why   It is no file." in shown
        assert "next  Tab completes a path." in shown
        field = pilot.app.screen.query_one(SourceField)
        assert field.value == "nope"
        asked.answer = prepared.analysis()
        await pilot.press("s")
        await until(pilot, lambda: "There is no text" not in text_of(pilot.app))
        assert field.value == "nopes"
        await until_shown(pilot, "487,312 characters")


async def test_what_is_half_typed_is_no_error_yet(
    home: Path, asked: ScriptedAsking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nope.txt").write_text("text")
    monkeypatch.chdir(tmp_path)
    asked.answer = NO_TEXT
    async with data_screen(home) as pilot:
        await source(pilot, "no")
        await until(pilot, lambda: asked.analysed and asked.analysed[-1].sources == ("no",))
        await until_shown(pilot, "nope.txt")
        assert "There is no text" not in text_of(pilot.app)
        await pilot.press("enter")
        await until_shown(pilot, "There is no text nope.")


async def test_a_text_that_is_not_utf_8_asks_for_its_encoding(
    home: Path, asked: ScriptedAsking
) -> None:
    asked.answer = DataError("a.txt is not UTF-8: byte 0xE9 at offset 3.", "", "Choose another.")
    async with data_screen(home) as pilot:
        await until_shown(pilot, "byte 0xE9")
        await pilot.press("n", "enter")
        await until_shown(pilot, "encoding")
        asked.answer = prepared.analysis()
        await pilot.press("left", "left")
        await until(pilot, lambda: asked.analysed[-1].encoding == "latin-1")
        field = pilot.app.screen.query_one(SourceField)
        field.value += ", b.txt"
        await until(pilot, lambda: asked.analysed[-1].sources[1:] == ("b.txt",))
        assert asked.analysed[-1].encoding == "latin-1"
        field.value = "c.txt"
        await until(pilot, lambda: asked.analysed[-1].sources == ("c.txt",))
        assert asked.analysed[-1].encoding == "utf-8"


async def test_a_jsonl_file_asks_for_its_field(home: Path, asked: ScriptedAsking) -> None:
    async with data_screen(home) as pilot:
        await source(pilot, "a.jsonl")
        await until_shown(pilot, "field")
        await pilot.press("enter")
        await until_shown(pilot, "Enter prepare  Esc")
        assert pilot.app.focused is pilot.app.screen.query_one("#field")
        pilot.app.screen.query_one("#field", Input).value = "body"
        await until(pilot, lambda: asked.analysed[-1].text_field == "body")


async def test_of_several_files_one_can_be_held_out(home: Path, asked: ScriptedAsking) -> None:
    play = DOWNLOADS["tiny-shakespeare"].url
    origins = ("/b/1.txt", "/b/2.txt", play)
    files = [SourceFact(origin=one, bytes=1, sha256="", characters=1) for one in origins]
    asked.answer = prepared.analysis(sources=tuple(files))
    async with data_screen(home) as pilot:
        await until_shown(pilot, "at the end")
        await source(pilot, "/b")
        await pilot.press("enter", "tab", "tab", "right", "right")
        await until_shown(pilot, "held out   file  ◂ 2.txt ▸")  # no share counts then
        await until(pilot, lambda: asked.analysed[-1].split == "file")
        assert asked.analysed[-1].held_out_file == "/b/2.txt"
        await pilot.press("right")
        await until_shown(pilot, "◂ tiny-shakespeare ▸")
        await until(pilot, lambda: asked.analysed[-1].held_out_file == play)
        asked.answer = prepared.analysis()
        pilot.app.screen.query_one(SourceField).value = "other"
        await until(pilot, lambda: asked.analysed[-1].sources == ("other",))
        assert (asked.analysed[-1].split, asked.analysed[-1].held_out_file) == ("position", "")
        await until_shown(pilot, "held out   10 %")


async def test_esc_cancels_and_the_form_still_stands(home: Path, asked: ScriptedAsking) -> None:
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await until_shown(pilot, "487,312 characters")
        asked.holds_at = HALF_WAY
        await pilot.press("enter", "enter")
        shown = await until_shown(pilot, "preparing: encoding")
        assert "72 %" in shown
        assert "Esc cancel" in shown
        asked.lingers = True
        await pilot.press("escape")
        shown = await until_shown(pilot, "cancelling")
        assert "nothing was written" not in shown
        assert "Esc cancel" not in shown
        asked.lingers = False
        await until_shown(pilot, "Cancelled; nothing was written.")
        assert pilot.app.screen.query_one(SourceField).value == "a.txt"
        asked.holds_at = None
        await pilot.press("enter")
        await until_shown(pilot, "keats is prepared")
        assert len(asked.prepared) == 2


async def test_the_name_that_was_entered_counts(home: Path, asked: ScriptedAsking) -> None:
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await pilot.press("enter")
        pilot.app.screen.query_one("#name").focus()
        await until_shown(pilot, "Enter prepare")
        await pilot.press(*"odes", "enter")
        await until_shown(pilot, "odes is prepared")
        assert asked.prepared[0][1] == "odes"
        await until_shown(pilot, "▸ odes")


async def test_without_a_source_enter_says_what_is_missing(
    home: Path, asked: ScriptedAsking
) -> None:
    prepared.write_set(home, "old")
    async with data_screen(home) as pilot:
        await pilot.press("n", "enter", "enter")
        await until_shown(pilot, "Nothing to prepare: name a text as the source.")
        assert not asked.prepared


async def test_what_went_well_does_not_stand_below_a_later_error(
    home: Path, asked: ScriptedAsking
) -> None:
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await until_shown(pilot, "487,312 characters")
        await pilot.press("enter", "enter")
        await until_shown(pilot, "keats is prepared")
        asked.answer = NO_TEXT
        await source(pilot, "nope")
        shown = await until_shown(pilot, "There is no text nope.")
        assert "is prepared" not in shown


async def test_what_preparing_refuses_stands_in_the_form(home: Path, asked: ScriptedAsking) -> None:
    asked.refuses = DataError("The disk is full.", "0 bytes are free.", "Make room.")
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await until_shown(pilot, "487,312 characters")
        await pilot.press("enter", "enter")
        await until_shown(pilot, "The disk is full.")
        assert "Nothing was prepared." in text_of(pilot.app)
        await pilot.press("escape")
        await source(pilot, "b.txt")
        await until(pilot, lambda: "Nothing was prepared." not in text_of(pilot.app))


async def test_a_name_that_is_taken_costs_nothing_but_another_name(
    home: Path, asked: ScriptedAsking
) -> None:
    asked.refuses = UsageError("There is a data set odes already.", "Of another text.", "Another.")
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await until_shown(pilot, "487,312 characters")
        await pilot.press("enter")
        pilot.app.screen.query_one("#name").focus()
        await pilot.press(*"odes", "enter")
        shown = await until_shown(pilot, "There is a data set odes already.")
        assert "487,312 characters" in shown
        asked.refuses = None
        await pilot.press("2")
        shown = await until_shown(pilot, "writes data/odes2")
        assert "already." not in shown
        looks = len(asked.analysed)
        await pilot.press("enter")
        await until_shown(pilot, "odes2 is prepared")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.focused, SourceField))
        assert pilot.app.screen.query_one("#name", Input).value == ""
        assert "already." not in text_of(pilot.app)
        assert len(asked.analysed) == looks


async def test_deleting_the_set_whose_name_was_taken_clears_the_error(
    home: Path, asked: ScriptedAsking
) -> None:
    prepared.write_set(home, "odes")
    asked.refuses = UsageError("There is a data set odes already.", "Of another text.", "Another.")
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await until_shown(pilot, "487,312 characters")
        await pilot.press("enter", "enter")
        await until_shown(pilot, "There is a data set odes already.")
        await pilot.press("escape", "x")
        await until_shown(pilot, "Delete odes?")
        await pilot.press("enter")
        await until_shown(pilot, "odes was moved to the trash.")
        await until(pilot, lambda: "There is a data set odes" not in text_of(pilot.app))


async def test_leaving_the_app_while_it_prepares_is_asked_back_for(
    home: Path, asked: ScriptedAsking
) -> None:
    asked.holds_at = HALF_WAY
    async with data_screen(home) as pilot:
        await pilot.press("enter")
        await until_shown(pilot, "preparing: encoding")
        await pilot.press("3", "q")
        await until_shown(pilot, "A text is being prepared.")
        await pilot.press("escape", "2")
        await until_shown(pilot, "Esc cancel")


async def test_a_marked_set_is_described(home: Path, asked: ScriptedAsking) -> None:
    prepared.write_set(home, "keats", 400)
    prepared.write_set(home, "zola", 40, counted=10)
    async with data_screen(home) as pilot:
        shown = await until_shown(pilot, "the tide came in")
        assert "~/texts/keats.txt" in shown
        assert "counts 3.31   pairs 2.47" in shown
        await pilot.press("down")
        assert "counts ≈3.31   pairs ≈2.47" in await until_shown(pilot, "~/texts/zola.txt")
        assert not asked.analysed


async def test_a_set_is_deleted_after_a_question(home: Path, asked: ScriptedAsking) -> None:
    prepared.write_set(home, "keats")
    async with data_screen(home) as pilot:
        await until_shown(pilot, "▸ keats")
        await pilot.press("x")
        await until_shown(pilot, "Delete keats?")
        await pilot.press("escape", "x")
        await until_shown(pilot, "Delete keats?")
        await pilot.press("enter")
        await until_shown(pilot, "keats was moved to the trash.")
        await until_shown(pilot, "None yet.")
    assert not (home / "data" / "keats").exists()


async def test_a_set_that_a_run_needs_stays(home: Path, asked: ScriptedAsking) -> None:
    prepared.write_set(home, "nowhere")
    run = WrittenRun(home, "stage2")
    async with data_screen(home) as pilot:
        await until_shown(pilot, "▸ nowhere")
        await until_shown(pilot, "stage2")
        await pilot.press("x")
        assert "Delete nowhere?" not in await until_shown(pilot, "could not go on without it")
        await pilot.press("enter")
        await until_shown(pilot, "▸ nowhere")
    run.close()


async def test_deleting_names_the_finished_run_that_could_not_be_extended(
    home: Path, asked: ScriptedAsking
) -> None:
    prepared.write_set(home, "nowhere")
    run = WrittenRun(home, "stage2", live=False)
    run.folder.update(state="finished")
    async with data_screen(home) as pilot:
        await until_shown(pilot, "stage2 (finished)")
        await pilot.press("x")
        shown = await until_shown(pilot, "Delete nowhere?")
        assert "The finished run stage2 could not be extended" in " ".join(shown.split())
    run.close()


async def test_v_shows_what_changes(home: Path, asked: ScriptedAsking) -> None:
    async with data_screen(home) as pilot:
        await until_shown(pilot, "487,312 characters")
        await pilot.press("v")
        shown = await until_shown(pilot, "Preview: harbour")
        assert "- fit␍" in shown
        assert "+ fit" in shown
        await pilot.press("escape")
        await until_shown(pilot, "prepared sets")


async def test_a_figure_of_the_first_part_is_told_as_such(
    home: Path, asked: ScriptedAsking
) -> None:
    facts = tuple(replace(fact, is_estimate=True) for fact in prepared.analysis().cleaning)
    asked.answer = prepared.analysis(cleaning=facts)
    async with data_screen(home) as pilot:
        await source(pilot, "a.txt")
        await go_to(pilot, Switches)
        await until_shown(pilot, "first 2 MB.")
        await pilot.press("v")
        await until_shown(pilot, "off  11,204 line ends in the first 2 MB")


async def test_a_narrow_form_says_what_is_being_done(home: Path, asked: ScriptedAsking) -> None:
    prepared.write_set(home, "keats")
    asked.holds_at = HALF_WAY
    async with data_screen(home, (60, 18)) as pilot:
        await source(pilot, "a.txt")
        await until_shown(pilot, "encoding 72 %")
        asked.holds_at = None
        await pilot.press("enter")
        await until_shown(pilot, "block 256 holds")


async def test_esc_goes_to_the_list_and_n_back_to_what_was_entered(
    home: Path, asked: ScriptedAsking
) -> None:
    prepared.write_set(home, "keats")
    async with data_screen(home, (60, 18)) as pilot:
        await source(pilot, "a.txt")
        assert "prepared sets" not in text_of(pilot.app)
        await pilot.press("escape")
        await until_shown(pilot, "prepared sets")
        assert "new set" not in text_of(pilot.app)
        await pilot.press("tab")
        await until(pilot, lambda: isinstance(pilot.app.focused, SourceField))
        assert pilot.app.screen.query_one(SourceField).value == "a.txt"
