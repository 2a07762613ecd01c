"""Pictures of the Doctor screen: `pytest --snapshot-update` renews them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import doctor_scenes as hosts
import pytest
import scenes
from piloting import until
from textual.pilot import Pilot

from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.doctor.finding import Finding
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens.doctor import DoctorScreen

Act = Callable[[Pilot[None]], Awaitable[None]]
Matches = Callable[..., bool]


@pytest.fixture(params=[(60, 18), (80, 24), (120, 40)], ids=["60x18", "80x24", "120x40"])
def matches(
    request: pytest.FixtureRequest,
    home: Path,
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
) -> Matches:
    """Compare the screen with its picture, on a host of these findings and cards."""
    scenes.nail_down(monkeypatch)
    # One look at the cards, and no more: a heartbeat is told from several.
    monkeypatch.setattr("ttgpt.tui.screens.examining._LOOK_AT_CARDS", 10_000)

    def compare(findings: Sequence[Finding], cards: Sequence[Card], *keys: str) -> bool:
        hosts.put_in(monkeypatch, hosts.WrittenSource(home, findings, cards))

        async def look(pilot: Pilot[None]) -> None:
            await pilot.press("1")
            await until(pilot, lambda: isinstance(pilot.app.screen, DoctorScreen))
            screen = pilot.app.screen
            assert isinstance(screen, DoctorScreen)
            await until(pilot, lambda: screen._headline and len(screen._cards) == len(cards))
            if cards:
                await beat_twice(pilot, screen)
            for key in keys:
                await pilot.press(key)
            await pilot.pause()
            await pilot.pause()

        app = TtgptApp(home, scenes.SETTINGS)
        return snap_compare(app, terminal_size=request.param, run_before=look)

    return compare


async def beat_twice(pilot: Pilot[None], screen: DoctorScreen) -> None:
    """Let the heart be seen beating."""
    await until(pilot, lambda: not screen._look.is_busy)
    screen._look_at_cards()
    await until(pilot, lambda: screen._beats.word(0) == "moving")


def test_healthy(matches: Matches) -> None:
    assert matches(hosts.HEALTHY, [hosts.N150])


def test_no_card(matches: Matches) -> None:
    assert matches(hosts.NO_CARD, [])


def test_blocked(matches: Matches) -> None:
    assert matches(hosts.BLOCKED, [hosts.N150])


def test_many_chips(matches: Matches) -> None:
    assert matches(hosts.MANY_FINDINGS, hosts.MANY, "c")


def test_worker_form(matches: Matches) -> None:
    assert matches(hosts.HEALTHY, [hosts.N150], "e")
