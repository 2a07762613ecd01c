"""The gallery and the form in the whole app: trying, editing, keeping; nothing is trained."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from piloting import FAST, text_of, until, until_shown
from support import WAIT_SECONDS
from textual.pilot import Pilot

from ttgpt.engine import own_presets, presets
from ttgpt.engine.config import RunConfig
from ttgpt.engine.errors import EnvironmentNotReady, Interrupted
from ttgpt.engine.runs import tries
from ttgpt.engine.runs.tries import Try
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.format import duration
from ttgpt.tui.screens.config_form import ConfigForm
from ttgpt.tui.screens.dialogs import ErrorDialog
from ttgpt.tui.widgets.form.field_list import FieldList
from ttgpt.tui.widgets.form.setting_input import SettingInput

SIZE = (80, 24)
MEASURED = Try(
    host="host", device="cpu", dtype="bfloat16", parameters=803_840, vocab_size=63,
    train_tokens=181_505, val_tokens=20_168, tokens_per_step=1024, steps=20, first_ms=300.0,
    ms_per_step=100.0, evaluation_s=1.0, evaluated_tokens=16_384, sample_s=0.5,
    peak_bytes=512_000_000, created=1.8e9,
)  # fmt: skip


class ScriptedTrying:
    """Stands for a try: says a step, then waits to be let go on or cancelled."""

    goes_on: threading.Event
    asked: list[RunConfig]
    refuses = False

    def __init__(self, home: Path, config: RunConfig) -> None:
        self._home, self._config = home, config
        self._cancelled = False
        self.asked.append(config)

    def cancel(self) -> None:
        self._cancelled = True
        self.goes_on.set()

    def run(self, progress: Callable[[str, float], None]) -> Try:
        progress("step 3 of 20", 0.15)
        self.goes_on.wait(WAIT_SECONDS)
        if self._cancelled:
            raise Interrupted("The try was ended.", "", "Nothing was kept.")
        if self.refuses:
            raise EnvironmentNotReady("The device cpu is in use.", "By run x.", "Stop it first.")
        tries.save(self._home, self._config, MEASURED)
        return MEASURED


@pytest.fixture
def trying(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ScriptedTrying]]:
    ScriptedTrying.goes_on, ScriptedTrying.asked = threading.Event(), []
    ScriptedTrying.refuses = False
    monkeypatch.setattr("ttgpt.tui.tryer.Trying", ScriptedTrying)
    yield ScriptedTrying
    ScriptedTrying.goes_on.set()


async def to_form(pilot: Pilot[None]) -> FieldList:
    """Open the demo in the form."""
    await until_shown(pilot, "▸ Demo")
    await pilot.press("e")
    await until_shown(pilot, "as in the preset")
    return pilot.app.screen.query_one(FieldList)


async def test_a_try_measures_and_is_remembered(home: Path, trying: type[ScriptedTrying]) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await until_shown(pilot, "unknown; t measures it")
        await pilot.press("t")
        shown = await until_shown(pilot, "trying: step 3 of 20 … Esc ends it")
        assert "Esc end try" in shown
        trying.goes_on.set()
        await until_shown(pilot, "100 ms a step")
        took = duration(tries.seconds_of(presets.load("demo").config, MEASURED))
        shown = await until_shown(pilot, f"starts the demo: about {took} here")
        assert "512 MB, measured" in shown
    assert trying.asked == [presets.load("demo").config]
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await until_shown(pilot, "100 ms a step")


async def test_esc_ends_a_try(home: Path, trying: type[ScriptedTrying]) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await until_shown(pilot, "unknown; t measures it")
        await pilot.press("t")
        await until_shown(pilot, "step 3 of 20")
        await pilot.press("escape")
        await until_shown(pilot, "Nothing was trained yet")
        assert "unknown; t measures it" in text_of(pilot.app)


async def test_a_try_that_cannot_be_says_why(home: Path, trying: type[ScriptedTrying]) -> None:
    trying.refuses = True
    trying.goes_on.set()
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await until_shown(pilot, "unknown; t measures it")
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, ErrorDialog))
        assert "Stop it first." in text_of(pilot.app)


async def test_a_try_that_breaks_is_told_and_another_can_begin(
    home: Path, trying: type[ScriptedTrying], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: ScriptedTrying, progress: Callable[[str, float], None]) -> Try:
        raise ValueError("a broken answer")

    monkeypatch.setattr(trying, "run", broken)
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await until_shown(pilot, "unknown; t measures it")
        await pilot.press("t")
        await until_shown(pilot, "ValueError: a broken answer")
        await pilot.press("escape")
        await until_shown(pilot, "unknown; t measures it")
        await pilot.press("t")
        await until(pilot, lambda: len(trying.asked) == 2)


async def test_a_start_that_breaks_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a broken preset")

    monkeypatch.setattr("ttgpt.engine.runs.starting.start_run", broken)
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await until_shown(pilot, "▸ Demo")
        await pilot.press("enter")
        await until_shown(pilot, "ValueError: a broken preset")


async def test_a_draft_is_tried_as_it_is(home: Path, trying: type[ScriptedTrying]) -> None:
    trying.goes_on.set()
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_form(pilot)
        await pilot.press("down", "enter", *"2", "enter", "t")
        await until_shown(pilot, "100 ms a step")
        assert [config.model.n_layer for config in trying.asked] == [2]


async def test_what_is_typed_is_judged_at_each_key(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        fields = await to_form(pilot)
        await pilot.press("down", "enter", *"x")
        await until_shown(pilot, "It must be a whole number.")
        await pilot.press("backspace", *"999")
        await until_shown(pilot, "at most 128")
        await pilot.press("escape")  # leaves the field as it was
        await until_shown(pilot, "as in the preset")
        assert fields.draft.changed == {}
        await pilot.press("enter", *"3", "enter")
        await until_shown(pilot, "n_layer             3  (4)")
        await pilot.press("u")
        await until_shown(pilot, "as in the preset")


async def test_what_cannot_be_trained_is_not_started(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        fields = await to_form(pilot)
        await pilot.press("down", "down", "enter", *"7", "enter", "tab", "s")
        await until_shown(pilot, "First mend what is marked")
        assert fields.field.dotted in ("model.n_embd", "model.n_head")


async def test_choices_are_gone_through_with_arrows(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        fields = await to_form(pilot)
        await pilot.press("right")
        await until_shown(pilot, "nanogpt")
        assert fields.draft.changed == {"model.arch": "nanogpt"}
        await pilot.press("left")
        await until_shown(pilot, "as in the preset")
        fields.choose("data.source")
        await until_shown(pilot, "one of: harbour,")


async def test_changes_stay_and_the_gallery_says_so(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_form(pilot)
        await pilot.press("down", "enter", *"3", "enter", "escape")
        await until_shown(pilot, "1 setting changed in the form")
        await pilot.press("e")
        await until_shown(pilot, "n_layer             3  (4)")


async def test_what_is_typed_stays_when_the_terminal_changes_its_size(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=(120, 40)) as pilot:
        fields = await to_form(pilot)
        fields.choose("sample.top_p")  # far down: the list scrolls where it becomes shorter
        await pilot.press("enter", *"0.5")
        field = pilot.app.screen.query_one(SettingInput)
        await pilot.resize_terminal(*SIZE)
        await until(pilot, lambda: field.region.offset == fields.region.offset + fields.value_at)
        assert (field.value, field.has_focus) == ("0.5", True)
        assert fields.region.contains_region(field.region)
        await pilot.press("enter")
        assert fields.draft.changed == {"sample.top_p": "0.5"}


async def test_a_form_that_was_left_is_let_go_of(home: Path) -> None:
    app = TtgptApp(home, FAST)
    async with app.run_test(size=SIZE) as pilot:
        await to_form(pilot)
        form = app.screen
        assert form in app.places
        await pilot.press("escape")
        await until(pilot, lambda: form not in app.places)


async def test_a_draft_becomes_my_preset(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_form(pilot)
        await pilot.press("down", "enter", *"3", "enter", "w")
        await until_shown(pilot, "Save as my preset")
        await pilot.press(*["backspace"] * len("my-demo"), *"demo")
        await until_shown(pilot, "is shipped with the program")
        await pilot.press(*"-3", "enter")
        await until_shown(pilot, "Saved.")
        await pilot.press("escape")
        await until_shown(pilot, "demo-3")
        assert "mine" in text_of(pilot.app)
        assert own_presets.find(home, "demo-3").config.model.n_layer == 3
        await pilot.press("down", "x")
        await until_shown(pilot, "Delete the preset demo-3?")
        await pilot.press("enter")
        await until(pilot, lambda: own_presets.names(home) == [])
        await until(pilot, lambda: "mine" not in text_of(pilot.app))


async def test_another_preset_of_mine_is_not_written_over(home: Path) -> None:
    demo = presets.load("demo")
    kept = own_presets.save(home, "kept", demo.config, demo)
    before = kept.read_text()
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_form(pilot)
        await pilot.press("down", "enter", *"3", "enter", "w")
        await until_shown(pilot, "Save as my preset")
        await pilot.press(*["backspace"] * len("my-demo"), *"kept", "enter")
        await until_shown(pilot, "You have a preset 'kept' already")
    assert kept.read_text() == before


async def test_the_command_is_shown_and_kept(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_form(pilot)
        await pilot.press("down", "enter", *"3", "enter", "y")
        shown = await until_shown(pilot, "ttgpt-tui train demo --set model.n_layer=3")
        assert "Saved in" in shown


@pytest.mark.parametrize("size", [(1, 1), (30, 9), (60, 18), (80, 24), (120, 40), (200, 60)])
async def test_the_form_fits(home: Path, size: tuple[int, int]) -> None:
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        await to_form(pilot)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        rows = text_of(pilot.app).split("\n")
        assert (len(rows), {len(row) for row in rows}) == (size[1], {size[0]})
        assert isinstance(pilot.app.screen, ConfigForm)
