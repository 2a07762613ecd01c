from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.app import TtgptApp


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[TtgptApp]:
    apps: list[TtgptApp] = []
    monkeypatch.setattr("ttgpt.tui.cli.entry.has_screen", lambda: True)
    monkeypatch.setattr("ttgpt.tui.terminal.catch_signals", lambda leave: None)
    monkeypatch.setattr("ttgpt.tui.terminal.prepare_environment", lambda: None)
    monkeypatch.setattr(TtgptApp, "run", lambda app, mouse: apps.append(app))
    return apps


def test_with_a_terminal_the_app_opens(
    call: Callable[..., Any], home: Path, opened: list[TtgptApp]
) -> None:
    assert call().code == 0
    (app,) = opened
    assert app.home == home
    assert app.start_preset is None


def test_the_app_opens_and_starts_a_preset(
    call: Callable[..., Any], opened: list[TtgptApp]
) -> None:
    assert call("--start", "demo").code == 0
    assert opened[0].start_preset == "demo"


def test_a_preset_to_start_is_checked_first(
    call: Callable[..., Any], opened: list[TtgptApp]
) -> None:
    wrong = call("--start", "dmo")
    assert (wrong.code, opened) == (2, [])
    assert "Did you mean demo?" in wrong.err


def test_without_a_terminal_nothing_can_be_started(call: Callable[..., Any]) -> None:
    refused = call("--start", "demo")
    assert refused.code == 2
    assert "ttgpt-tui train demo" in refused.err


def test_wrong_settings_are_told_before_the_screen_changes(
    call: Callable[..., Any], home: Path, opened: list[TtgptApp]
) -> None:
    (home / "settings.yaml").write_text("markr: block\n")
    result = call()
    assert result.code == 2
    assert "markr" in result.err
    assert opened == []


def test_the_page_names_the_live_run(call: Callable[..., Any], run: RunFolder, live: Any) -> None:
    result = call()
    assert result.code == 0
    assert re.search(
        r"stage2, running, step \d+ / 2,000; watch it: ttgpt-tui attach stage2", result.out
    )
