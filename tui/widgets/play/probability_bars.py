"""The chances of the next token as bars: what the model says, and what the sliders leave of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.content import Content

from ...format import one_line
from ..lines import Lines

_TOKEN, _CHANCE = 4, 5
_LEAST_BARS = 12
"""Cells of bars below which `cut top-p` is written as `top-p`."""
_CUT = "cut "
_CUT_WORDS = {"top_k": "top-k", "top_p": "top-p", "temperature": "temp."}

_BAR, _HALF = "▇", "▌"


class ProbabilityBars(Lines):
    """A line a token: its bar after the sliders act, a tick where it stood before.

    Args:
        ascii_only: Draw with ASCII characters.
    """

    DEFAULT_CSS = """
    ProbabilityBars { height: 1fr; }
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._arrow = "->" if ascii_only else "→"
        self._found: dict[str, Any] = {}
        self._drawn = -1

    def show(self, found: dict[str, Any], drawn: int) -> None:
        """Show a worker's answer.

        Args:
            found: What `sampling.explanation.explain` gives.
            drawn: The token that was drawn here; -1 where none was yet.
        """
        self._found, self._drawn = found, drawn
        self.redraw()

    def clear(self) -> None:
        """Show nothing."""
        self.show({}, -1)

    def draw(self, width: int, height: int) -> Sequence[Content]:
        """Give a heading, a line a token, and what all of them come to."""
        if not self._found:
            return []
        tail = self._sums(width)
        room = max(1, height - 1 - len(tail))
        tokens = self._that_fit(room)
        longest = max(max(t["before"], t["after"]) for t in tokens) or 1.0
        bars, cut = self._columns(width)
        heading = f"  {'':<{_TOKEN}}{'':<{bars}} {'model':>{_CHANCE}} {'now':>{_CHANCE}}"
        lines = [Content.styled(heading[:width], "dim")]
        lines += [self._line(token, bars, longest, cut) for token in tokens]
        return [*lines, *tail]

    def _columns(self, width: int) -> tuple[int, str]:
        """Give the cells of the bars, and what stands before the name of what cut a token."""
        bars = width - 2 - _TOKEN - (1 + _CHANCE) - 1 - _CHANCE
        roomy = bars - len(_CUT) >= _LEAST_BARS
        return (bars - len(_CUT), _CUT) if roomy else (max(3, bars), "")

    def _that_fit(self, room: int) -> list[dict[str, Any]]:
        tokens: list[dict[str, Any]] = self._found["tokens"]
        shown = tokens[:room]
        drawn = [t for t in tokens if t["id"] == self._drawn]
        if drawn and drawn[0] not in shown:
            shown[-1] = drawn[0]
        return shown

    def _line(self, token: dict[str, Any], bars: int, longest: float, cut: str) -> Content:
        is_drawn, is_cut = token["id"] == self._drawn, bool(token["cut"])
        name = one_line(token["text"]).replace(" ", "␣")
        now = (
            f"{cut}{_CUT_WORDS[token['cut']]}"
            if is_cut
            else f"{_chance(token['after']):>{_CHANCE}}"
        )
        return Content.assemble(
            ("▸ " if is_drawn else "  ", "bold $accent"),
            (f"{name[: _TOKEN - 1]:<{_TOKEN}}", "bold" if is_drawn else ""),
            _bar(token, bars, longest),
            f" {_chance(token['before']):>{_CHANCE}} ",
            (now, "$warning" if is_cut else "bold"),
        )

    def _sums(self, width: int) -> list[Content]:
        found = self._found
        # A minus zero would be written with its sign.
        before, after = found["entropy"], abs(found["entropy_after"])
        told = f"{found['kept']:,} may be drawn, {found['seen']:,} seen"
        if len(told) > width:
            told = told.replace("may be drawn", "kept")
        return [
            Content(f"entropy {before:.2f}{self._arrow}{after:.2f} nats"),
            Content.styled(told, "dim"),
        ]


def _bar(token: dict[str, Any], bars: int, longest: float) -> Content:
    halves = round(2 * bars * token["after"] / longest)
    line = list(_BAR * (halves // 2) + _HALF * (halves % 2))
    line += [" "] * (bars - len(line))
    tick = min(bars - 1, round(bars * token["before"] / longest))
    return Content.assemble(
        ("".join(line[:tick]), "$accent"),
        ("│", "bold"),
        ("".join(line[tick + 1 :]), "$accent"),
    )


def _chance(chance: float) -> str:
    if chance >= 0.995:
        return "1.00"
    if chance <= 0:
        return "-"
    return f"{chance:.2f}".removeprefix("0") if chance >= 0.005 else "<.01"
