"""Text as it is written: the prompt, then what the model adds, painted at the screen's own pace."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from ...play.written import Piece
from .text_cursor import moved
from .text_flow import Cell, TextFlow

PROMPT, MARK = "prompt", "mark"
_MARK = "┊"
"""Stands where a value was changed."""

_SHORTEST_WAIT = 0.005


class TokenStream(ScrollView, can_focus=False, inherit_bindings=False):
    """The text of one generation; follows its end unless a person scrolled up.

    It takes the focus once there is a text.

    Args:
        period: Seconds between two repaints, however fast text comes.
    """

    HELP: ClassVar[str] = (
        "The prompt is dim, what the model wrote is not. A thin mark in the text is a place where "
        "a slider was moved; the list at the side says which.\n"
        "Up, down, PageUp and PageDown scroll. At the end it follows the text again: End or G.\n"
        "While w shows why, the arrows go from token to token instead."
    )

    DEFAULT_CSS = """
    TokenStream {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    TokenStream > .token-stream--prompt { text-style: dim; }
    TokenStream > .token-stream--mark { color: $accent; text-style: bold; }
    TokenStream > .token-stream--cursor { text-style: reverse; }
    TokenStream > .token-stream--possible { color: $success; }
    TokenStream > .token-stream--unlikely { color: $warning; text-style: underline; }
    TokenStream > .token-stream--surprising { color: $error; text-style: bold underline; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "token-stream--prompt",
        "token-stream--sure",
        "token-stream--possible",
        "token-stream--unlikely",
        "token-stream--surprising",
        "token-stream--mark",
        "token-stream--cursor",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "point(-1)", "token", key_display="←→", tooltip="The token before"),
        Binding("right", "point(1)", "token", show=False, tooltip="The token after"),
        Binding("up", "point_row(-1)", "row", key_display="↑↓", tooltip="A row up", show=False),
        Binding("down", "point_row(1)", "row", show=False, tooltip="A row down"),
        Binding("up", "scroll_up", "scroll", key_display="↑↓", tooltip="A line of the text up"),
        Binding("down", "scroll_down", "scroll", show=False, tooltip="A line of the text down"),
        Binding("pageup", "page_up", "A page of the text up", show=False),
        Binding("pagedown", "page_down", "A page of the text down", show=False),
        Binding("home,g", "scroll_home", "The start of the text", show=False),
        Binding("end,G", "scroll_end", "The end of the text: follow it", show=False),
    ]

    pointed: reactive[int | None] = reactive(None, init=False)
    """The token that the cursor is on; None while nobody asks why."""

    class Painted(Message):
        """New text was drawn: the moment for whatever tells of it."""

    class Pointed(Message):
        """The cursor went to another token, or away."""

    def __init__(self, *, period: float = 0.25) -> None:
        super().__init__()
        self.period = period
        self.prompt = ""
        self._tokens = 0
        self._waiting: list[tuple[str, str, int]] = []
        self._flow = TextFlow(2)
        self._streaming = False
        self._following = True
        self._painted_at = -math.inf
        self._timer: Timer | None = None

    def begin(self, prompt: str, pieces: Sequence[Piece] = (), marks: Iterable[int] = ()) -> None:
        """Drop the old text and start with a prompt, and with what was written before.

        Args:
            prompt: What the model was given.
            pieces: What it wrote.
            marks: After how many of these a mark stands, in rising order.
        """
        self.prompt, self._tokens, self.pointed = prompt, 0, None
        self._waiting = [(prompt, PROMPT, -1)]
        self._flow = TextFlow(self._flow.width)
        self._streaming = self._following = self.can_focus = True
        for place in marks:
            self._take(pieces[self._tokens : place])
            self._waiting.append((_MARK, MARK, -1))
        self._take(pieces[self._tokens :])
        self._paint()
        self._painted_at = -math.inf  # the first token does not wait for the next repaint

    @property
    def is_painted(self) -> bool:
        """Whether all that came is on the screen, and something came."""
        return self._tokens > 0 and not self._waiting

    def add(self, pieces: Sequence[Piece]) -> None:
        """Append tokens that the model wrote."""
        self._take(pieces)
        self._paint_soon()

    def mark(self) -> None:
        """Mark this place in the text."""
        self._waiting.append((_MARK, MARK, -1))
        self._paint_soon()

    def end(self) -> None:
        """Take the cursor away: the text is complete."""
        self._streaming = False
        self._paint()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        index, width = y + self.scroll_offset.y, self.size.width
        if index >= len(self._flow):
            return Strip.blank(width, self.rich_style)
        segments = list(self._segments(index))
        if self._streaming and index == len(self._flow) - 1:
            segments.append(Segment(" ", self._style("cursor")))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the arrows move the cursor, or else scroll."""
        if action in ("point", "point_row"):
            return self.pointed is not None
        if action in ("scroll_up", "scroll_down"):
            return self.pointed is None
        return True

    def validate_pointed(self, pointed: int | None) -> int | None:
        """Keep the cursor in the text."""
        if pointed is None or not self._tokens:
            return None
        return max(0, min(pointed, self._tokens - 1))

    def watch_pointed(self) -> None:
        """Bring the token into view and tell the parent."""
        row = None if self.pointed is None else self._flow.row_of(self.pointed)
        if row is not None and not 0 <= row - self.scroll_offset.y < self.size.height:
            self.scroll_to(y=max(0, row - self.size.height // 2), animate=False, immediate=True)
        self.refresh()
        self.refresh_bindings()
        self.post_message(self.Pointed())

    def action_point(self, tokens: int) -> None:
        """Move the cursor along the text."""
        if self.pointed is not None:
            self.pointed += tokens

    def action_point_row(self, rows: int) -> None:
        """Move the cursor to a row above or below."""
        if self.pointed is not None:
            self.pointed = moved(self._flow, self.pointed, rows)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end from now on if that is where a person went."""
        super().watch_scroll_y(old_value, new_value)
        self._following = round(new_value) >= self.max_scroll_y

    def on_resize(self, event: events.Resize) -> None:
        """Break the rows to the new width, and keep the end in view."""
        # One cell stays free for the cursor after a full row.
        width = max(2, self.scrollable_content_region.width - 1)
        if width != self._flow.width:
            self._flow.set_width(width)
        self._show_rows(0)

    def _take(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self._waiting.append((piece.text, piece.level, self._tokens))
            self._tokens += 1

    def _segments(self, index: int) -> Iterable[Segment]:
        if self.pointed is not None:
            return [self._pointable(cell) for cell in self._flow.cells(index)]
        plain = (PROMPT, MARK)
        return [
            Segment(text, self._style(kind) if kind in plain else self.rich_style)
            for text, kind in self._flow.row(index)
        ]

    def _pointable(self, cell: Cell) -> Segment:
        """Draw a character with how surprising it was, and the cursor where it is."""
        text = cell.character
        style = self._style(cell.kind)
        if text == "\n":
            text, style = "↵", style + Style(dim=True)
        if cell.token >= 0 and cell.token == self.pointed:
            style = style + self._style("cursor")
        return Segment(text, style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"token-stream--{kind}")

    def _paint_soon(self) -> None:
        if self._timer is not None:
            return
        wait = self.period - (time.monotonic() - self._painted_at)
        # Textual never fires a timer whose delay is over before it begins to wait.
        if wait < _SHORTEST_WAIT:
            self._paint()
        else:
            self._timer = self.set_timer(wait, self._paint)

    def _paint(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._painted_at = time.monotonic()
        first = len(self._flow) - 1
        for piece in self._waiting:
            self._flow.append(*piece)
        self._waiting = []
        self._show_rows(first)
        self.post_message(self.Painted())

    def _show_rows(self, first: int) -> None:
        """Draw the rows from the first changed one on, and bring the end into view."""
        self.virtual_size = Size(self._flow.width, len(self._flow))
        if self._following and self.pointed is None:
            # Forced: before the scrollbar is shown for the first time nothing scrolls otherwise.
            self.scroll_end(animate=False, immediate=True, force=True)
        self.refresh_lines(first, len(self._flow) - first + 1)
