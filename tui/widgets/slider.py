"""A value on a track: `temperature ├───────●────────┤ 0.80`."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.content import Content

from .number_field import NumberField
from .scale import Number, Scale

_SHORTEST_TRACK = 5
"""Cells inside the ends below which the short label is taken."""

_LINE, _AT_DEFAULT, _KNOB = "─", "┼", "●"


class Slider(NumberField):
    """One line: a label, a track with a knob and a mark at the default, and the value.

    Args:
        label: Its name, in full.
        scale: The values it can take.
        value: The value to begin with, which is marked, and which Del brings back.
        short: The label where there is little room.
        label_width: Cells kept for the label, so that sliders below each other line up.
        short_width: The same for the short label.
        value_width: Cells kept for the value; 0 takes what the scale needs.
    """

    HELP: ClassVar[str] = (
        NumberField.HELP + "\nWith the mouse: click or drag on the track. "
        "The mark on the track is the default."
    )

    DEFAULT_CSS = """
    Slider { width: 1fr; pointer: pointer; }
    """

    def __init__(
        self,
        label: str,
        scale: Scale,
        value: Number,
        *,
        short: str = "",
        label_width: int = 0,
        short_width: int = 0,
        value_width: int = 0,
    ) -> None:
        super().__init__(label, scale, value)
        self.short = short or label
        self._label_width = max(label_width, len(label))
        self._short_width = max(short_width, len(self.short))
        self._value_width = value_width

    def render(self) -> Content:
        """Draw the line to the width that there is."""
        label, track_start, cells = self._layout()
        gap = " " * (track_start - 1 - len(label))
        # A typed number may be longer than the room: its end is what is being typed.
        value = self.written()[-self._value_cells :]
        return Content.assemble((label, self.label_style), gap, self._track(cells), " ", value)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the knob, or bring it here."""
        inside = self._value_under(event.x)
        if inside is not None:
            event.stop()
            self.capture_mouse()
            self.value = inside

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the knob."""
        if self.app.mouse_captured is self:
            self.value = self._value_at(event.x)

    def on_mouse_up(self) -> None:
        """Let go of the knob."""
        self.release_mouse()

    @property
    def _value_cells(self) -> int:
        return self._value_width or self.scale.width

    def _layout(self) -> tuple[str, int, int]:
        """Give the label, the column of the track's first inner cell, and its inner cells."""
        # Label, blank, end, inner cells, end, blank, value.
        room = self.size.width - self._value_cells - 4
        if room - self._label_width >= _SHORTEST_TRACK:
            return self.label, self._label_width + 2, room - self._label_width
        return self.short, self._short_width + 2, max(1, room - self._short_width)

    def _track(self, cells: int) -> Content:
        knob, default = self._cell_of(self.value, cells), self._cell_of(self.default, cells)
        line = [_LINE] * cells
        line[default] = _AT_DEFAULT
        style = "$accent bold" if self.has_focus else "$accent"
        return Content.assemble(
            ("├" + "".join(line[:knob]), "dim"),
            (_KNOB, style),
            ("".join(line[knob + 1 :]) + "┤", "dim"),
        )

    def _cell_of(self, value: Number, cells: int) -> int:
        return round(self.scale.position(value) * (cells - 1))

    def _value_under(self, x: int) -> Number | None:
        _, start, cells = self._layout()
        return self._value_at(x) if start - 1 <= x <= start + cells else None

    def _value_at(self, x: int) -> Number:
        _, start, cells = self._layout()
        return self.scale.at((x - start) / max(1, cells - 1))
