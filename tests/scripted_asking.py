"""Stands for the child process that looks at texts: it answers what a test wants, when it wants."""

from __future__ import annotations

from pathlib import Path

import prepared
import pytest
from support import wait_for

from ttgpt.engine.data import asking
from ttgpt.engine.data.analysis import Analysis
from ttgpt.engine.data.asking import Cancel, PreparedAnswer, Progress, Say
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.errors import Interrupted, TtgptError


class ScriptedAsking:
    """Put in place of `analyse` and `prepare`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: Analysis | TtgptError = prepared.analysis()
        self.holds_at: Progress | None = None
        """Where the work stands still until it is cancelled or this is None."""
        self.lingers = False
        """Whether the child stays a while when it is cancelled."""
        self.refuses: TtgptError | None = None
        """Why preparing fails."""
        self.analysed: list[Recipe] = []
        self.prepared: list[tuple[Recipe, str | None]] = []
        monkeypatch.setattr(asking, "analyse", self._analyse)
        monkeypatch.setattr(asking, "prepare", self._prepare)
        monkeypatch.setattr("ttgpt.tui.screens.preparing._PAUSE", 0.01)

    def _analyse(self, home: Path, recipe: Recipe, *, say: Say, cancel: Cancel) -> Analysis:
        self.analysed.append(recipe)
        if not self.prepared:
            self._work(say, cancel)
        if isinstance(self.answer, TtgptError):
            raise self.answer
        return self.answer

    def _prepare(
        self, home: Path, recipe: Recipe, name: str | None, *, say: Say, cancel: Cancel
    ) -> PreparedAnswer:
        self.prepared.append((recipe, name))
        self._work(say, cancel)
        if self.refuses is not None:
            raise self.refuses
        meta = prepared.write_set(home, name or "keats", 400)
        return PreparedAnswer(home / "data" / meta.name, meta, is_new=True)

    def _work(self, say: Say, cancel: Cancel) -> None:
        if self.holds_at is not None:
            say(self.holds_at)
        wait_for("leave to go on", lambda: self.holds_at is None or cancel())
        if cancel():
            wait_for("leave to end", lambda: not self.lingers)
            raise Interrupted("Cancelled.", "Nothing was written.", "")
