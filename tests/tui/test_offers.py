"""Every action has a key, a place in the palette and a line in the help."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import doctor_scenes
import pytest
from piloting import FAST, text_of, until
from saved_run import save_checkpoint
from textual.actions import parse
from textual.binding import Binding
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.widget import Widget
from written_run import WrittenRun, opened

import ttgpt.tui
from ttgpt.engine import commands
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.offers import in_rows, key_name, offers
from ttgpt.tui.screens import run_actions
from ttgpt.tui.screens.frame import FramedScreen
from ttgpt.tui.screens.help import HelpScreen
from ttgpt.tui.widgets.slider import Slider

_WIDEST = 30
"""Cells of words that leave room for two columns of keys at 80 cells."""


def our_nodes() -> list[type[DOMNode]]:
    for module in pkgutil.walk_packages(ttgpt.tui.__path__, "ttgpt.tui."):
        if not module.name.startswith("ttgpt.tui.cli"):
            importlib.import_module(module.name)
    found, waiting = [], [DOMNode]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("ttgpt."):
                found.append(kind)
    return found


def bindings_of(kind: type[DOMNode]) -> list[Binding]:
    return list(Binding.make_bindings(vars(kind).get("BINDINGS", ())))


def test_no_action_is_without_a_key() -> None:
    bound = {parse(binding.action)[1] for kind in our_nodes() for binding in bindings_of(kind)}
    actions = {
        name.removeprefix("action_")
        for kind in our_nodes()
        for name in vars(kind)
        if name.startswith("action_")
    }
    assert len(actions) > 20
    assert actions <= bound


def test_every_key_of_a_place_says_what_it_does() -> None:
    for kind in our_nodes():
        if issubclass(kind, FramedScreen | TtgptApp | Widget):
            for binding in bindings_of(kind):
                words = binding.tooltip or binding.description
                assert 0 < len(words) <= _WIDEST, (kind, binding)


@pytest.fixture
def run(home: Path) -> WrittenRun:
    run = WrittenRun(home)
    run.write(opened())
    run.train(500)
    save_checkpoint(run.folder.path, 500)
    return run


@pytest.mark.parametrize(
    ("key", "written"),
    [("f1", "F1"), ("pageup", "PgUp"), ("ctrl+p", "Ctrl+P"), ("enter", "Enter"), ("G", "G")],
)
def test_keys_are_written_as_people_write_them(key: str, written: str) -> None:
    assert key_name(key) == written


@pytest.mark.parametrize("place", ["1", "3", "4"])
async def test_whatever_has_the_focus_its_actions_are_in_the_palette_and_the_help(
    home: Path, run: WrittenRun, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor_scenes.put_in(monkeypatch, doctor_scenes.many(home))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(100, 60)) as pilot:
        await until(pilot, lambda: "500 / 3,000" in text_of(app))
        await pilot.press(place)
        await until(pilot, lambda: app.focused is not None)
        for widget in [w for w in app.screen.query("*") if w.focusable]:
            widget.focus()
            await pilot.pause()
            found = list(offers(app.screen))
            palette = {command.title for command in app.get_system_commands(app.screen)}
            assert {offer.words for offer in found} - palette == {"All actions, by name"}
            app.action_help()
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            await pilot.pause()
            shown = text_of(app)
            for keys, words in in_rows(found):
                assert keys in shown
                assert words in shown
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, FramedScreen))
    run.close()


async def test_the_palette_acts_on_what_has_the_focus(
    home: Path, run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[commands.Command] = []

    async def ask(run: RunFolder, command: commands.Command) -> dict[str, object]:
        asked.append(command)
        return {}

    monkeypatch.setattr(run_actions, "ask", ask)
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "p pause" in text_of(app))
        await pilot.press("colon", *"pause")
        await until(pilot, lambda: "Pause training" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: asked == [commands.Pause()])
    run.close()


async def test_from_a_field_the_palette_still_leads_everywhere(home: Path, run: WrittenRun) -> None:
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: bool(app.screen.query(Slider)))
        await until(pilot, lambda: app.focused is not None)
        await pilot.press("tab", ":", "3")
        assert not isinstance(app.screen, CommandPalette)
        await pilot.press("ctrl+p", *"go to train")
        await until(pilot, lambda: "Go to Train" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "Train")
    run.close()
