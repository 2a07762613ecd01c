"""What crosses between the app and its screens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from ttgpt.engine.errors import TtgptError
from ttgpt.engine.presets import Preset
from ttgpt.engine.runs.rundir import RunFolder

from .watching.state import RunState

if TYPE_CHECKING:
    from ttgpt.engine.runs.starting import StartedRun


class RunChanged(Message):
    """New events of the watched run were applied; a newer one replaces one still waiting."""

    def __init__(self, state: RunState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        """Let only the newest wait."""
        return isinstance(message, RunChanged)


class RunAttached(Message):
    """The app watches another run."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__()
        self.run = run


class StartWanted(Message):
    """A preset is to be trained at once."""

    def __init__(self, preset: str) -> None:
        super().__init__()
        self.preset = preset


class GoOnWanted(Message):
    """A run that has ended is to be continued, with some settings changed."""

    def __init__(self, run: RunFolder, settings: dict[str, str] | None = None) -> None:
        super().__init__()
        self.run = run
        self.settings = settings or {}


class EditWanted(Message):
    """A configuration is to be shown in the form, from which a run can be started."""

    def __init__(
        self, preset: Preset, settings: dict[str, str] | None = None, path: Path | None = None
    ) -> None:
        super().__init__()
        self.preset = preset
        self.settings = settings or {}
        self.path = path
        """Where the preset's file is, if it is no listed one."""


class StartSaid(Message):
    """A start under way has come to another part of its work."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class RunStarted(Message):
    """A worker was started."""

    def __init__(self, started: StartedRun) -> None:
        super().__init__()
        self.started = started


class StartRefused(Message):
    """No worker was started."""

    def __init__(self, error: TtgptError) -> None:
        super().__init__()
        self.error = error
