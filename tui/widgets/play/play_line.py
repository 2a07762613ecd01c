"""How a text comes along: speeds while it is written, a sentence when something is to be said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.content import Content
from textual.widgets import Static

from ttgpt.engine.errors import TtgptError

from ...format import grouped, visible
from ...play.progress import PlayProgress


class PlayLine(Static):
    """One line, or a few where an error needs them.

    Args:
        home: The folder of runs; it is left out of paths in errors, for they are long.
    """

    DEFAULT_CSS = """
    PlayLine { height: auto; min-height: 1; max-height: 6; }
    """

    def __init__(self, *, home: Path | None = None) -> None:
        super().__init__("", markup=False)
        self._home = f"{home}/" if home is not None else ""
        self._said = Content("")
        self._counted: tuple[float | None, PlayProgress, str] | None = None

    def on_resize(self) -> None:
        """Leave out of the speeds what has no room any more."""
        if self._counted is not None:
            self._speeds(*self._counted)

    def waits(self, what: str, seconds: float) -> None:
        """Say what is waited for; from a second on, for how long."""
        self.say(f"{what}, {int(seconds)} s" if seconds >= 1 else what)

    def show_progress(self, progress: PlayProgress) -> None:
        """Show the speeds of a text under way, measured here."""
        self._speeds(progress.tokens_per_s, progress, "")

    def show_result(self, result: dict[str, Any], progress: PlayProgress) -> None:
        """Show the speeds of a text that has ended.

        The rate stays the one measured here: the worker's own leaves out the training steps between
        two tokens, and would jump. It stands in where the text came too fast to be measured.
        """
        rate = progress.tokens_per_s
        if rate is None and isinstance(told := result.get("tokens_per_s"), (int, float)):
            rate = told
        word = "stopped" if result.get("reason") == "cancelled" else ""
        self._speeds(rate, progress, word)

    def show_error(self, error: TtgptError) -> None:
        """Say what went wrong, why, and the next step."""
        rest = " ".join(part for part in (error.why, error.next_step) if part)
        self._counted = None
        parts: list[tuple[str, str]] = [(self._told(error.what), "bold $error")]
        if rest:
            parts.append((f"\n{self._told(rest)}", ""))
        self._show(Content.assemble(*parts))

    def say(self, text: str) -> None:
        """Say something."""
        self._counted = None
        self._show(Content(visible(text)))

    def _told(self, text: str) -> str:
        return visible(text.replace(self._home, "") if self._home else text)

    def _speeds(self, rate: float | None, progress: PlayProgress, word: str) -> None:
        first = progress.first_ms
        wanted = grouped(progress.wanted)
        # Fixed widths, so that nothing moves while it counts.
        parts = [
            f"{grouped(progress.tokens):>{len(wanted)}}/{wanted}",
            *([word] if word else []),
            f"{grouped(rate)} tokens/s".ljust(len("1,000 tokens/s")),
            f"first {_wait(first)}" if first is not None else "",
        ]
        while sum(map(len, parts)) + 2 * (len(parts) - 1) > max(self.size.width, 1):
            parts.pop()
        self.say("  ".join(parts).rstrip())
        self._counted = rate, progress, word

    def _show(self, said: Content) -> None:
        # Nothing is drawn again that is on the screen already.
        if said.is_same(self._said):
            return
        # A layout of the whole screen for each frame would be most of the work of streaming.
        fitted = all(self._is_a_line(text) for text in (said, self._said))
        self._said = said
        self.update(said, layout=not fitted)

    def _is_a_line(self, text: Content) -> bool:
        return "\n" not in text.plain and text.cell_length <= self.size.width


def _wait(ms: float) -> str:
    return f"{grouped(ms)} ms" if ms < 999.5 else f"{ms / 1000:.1f} s"
