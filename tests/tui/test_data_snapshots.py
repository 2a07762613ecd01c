"""Pictures of the Data screen; `pytest --snapshot-update` renews them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import prepared
import pytest
import scenes
from piloting import until, until_shown
from scripted_asking import ScriptedAsking
from textual.pilot import Pilot

from ttgpt.engine.data.asking import Progress
from ttgpt.engine.data.decoding import not_in_encoding
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens.data import DataScreen
from ttgpt.tui.widgets.data.source_field import SourceField

Matches = Callable[[Callable[[Pilot[None]], Awaitable[None]]], bool]
SIZES = [(80, 24), (120, 40)]
NOT_UTF_8 = not_in_encoding(b"x" * 1_204 + b"\xe9", 1_204, "~/texts/latin.txt", "utf-8")


@pytest.fixture(autouse=True)
def _nailed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    scenes.nail_down(monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> ScriptedAsking:
    return ScriptedAsking(monkeypatch)


@pytest.fixture(params=SIZES, ids=["80x24", "120x40"])
def matches(
    request: pytest.FixtureRequest, home: Path, snap_compare: Callable[..., bool]
) -> Matches:
    """Compare the Data screen on this home with its picture."""

    def compare(go_there: Callable[[Pilot[None]], Awaitable[None]]) -> bool:
        async def before(pilot: Pilot[None]) -> None:
            await pilot.press("2")
            await until(pilot, lambda: isinstance(pilot.app.screen, DataScreen))
            await go_there(pilot)
            reading = ("shelf", "samples", "offers")
            await until(pilot, lambda: not [w for w in pilot.app.workers if w.group in reading])
            await pilot.pause()

        app = TtgptApp(home, scenes.SETTINGS)
        return snap_compare(app, terminal_size=request.param, run_before=before)

    return compare


async def begin(pilot: Pilot[None], source: str) -> None:
    await until_shown(pilot, "vocab")
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.focused, SourceField))
    pilot.app.screen.query_one(SourceField).value = source


def sets(home: Path) -> None:
    prepared.write_set(home, "harbour", 151_204)
    prepared.write_set(home, "tiny-shakespeare", 1_003_854)


def test_empty(matches: Matches, asked: ScriptedAsking) -> None:
    async def go(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "None yet.")
        await until_shown(pilot, "487,312 characters")

    assert matches(go)


def test_sets(matches: Matches, home: Path, asked: ScriptedAsking) -> None:
    sets(home)

    async def go(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "the tide came in")

    assert matches(go)


def test_analysing(matches: Matches, home: Path, asked: ScriptedAsking) -> None:
    sets(home)
    asked.holds_at = Progress("counting", 2, 5)

    async def go(pilot: Pilot[None]) -> None:
        await begin(pilot, "~/texts/keats.txt")
        await until_shown(pilot, "counting 40 %")

    assert matches(go)


def test_form_with_advice(matches: Matches, home: Path, asked: ScriptedAsking) -> None:
    sets(home)

    async def go(pilot: Pilot[None]) -> None:
        await begin(pilot, "~/texts/keats.txt")
        await until_shown(pilot, "487,312 characters")
        await pilot.press("enter", "tab")
        await until_shown(pilot, "writes data/keats")

    assert matches(go)


def test_choosing_a_tokenizer(matches: Matches, home: Path, asked: ScriptedAsking) -> None:
    sets(home)

    async def go(pilot: Pilot[None]) -> None:
        await begin(pilot, "~/texts/keats.txt")
        await until_shown(pilot, "487,312 characters")
        await pilot.press("enter")
        await until_shown(pilot, "≈141 k")

    assert matches(go)


def test_preparing(matches: Matches, home: Path, asked: ScriptedAsking) -> None:
    sets(home)

    async def go(pilot: Pilot[None]) -> None:
        await begin(pilot, "~/texts/keats.txt")
        await until_shown(pilot, "487,312 characters")
        asked.holds_at = Progress("encoding", 36, 50)
        await pilot.press("enter", "enter")
        await until_shown(pilot, "72 %")
        await until_shown(pilot, "Esc cancel")

    assert matches(go)


def test_error(matches: Matches, home: Path, asked: ScriptedAsking) -> None:
    sets(home)
    asked.answer = NOT_UTF_8

    async def go(pilot: Pilot[None]) -> None:
        await begin(pilot, "~/texts/latin.txt")
        await until_shown(pilot, "byte 0xE9")
        await until_shown(pilot, "◂ utf-8 ▸")  # the field that Enter then leads to
        await pilot.press("enter")
        await until_shown(pilot, "←→ choose")

    assert matches(go)


def test_preview(matches: Matches, asked: ScriptedAsking) -> None:
    async def go(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "487,312 characters")
        await pilot.press("v")
        await until_shown(pilot, "Preview: harbour")

    assert matches(go)
