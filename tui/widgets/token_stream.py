"""Text as it is written: the prompt, then what the model adds, painted at the screen's own pace."""

from __future__ import annotations

import time
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from .text_flow import TextFlow

PROMPT, WRITTEN, MARK = "prompt", "written", "mark"

_SHORTEST_WAIT = 0.005


class TokenStream(ScrollView, can_focus=False, inherit_bindings=False):
    """The text of one generation; follows its end unless a person scrolled up.

    It takes the focus once there is a text.

    Args:
        period: Seconds between two repaints, however fast text comes.
        ascii_only: Draw with ASCII characters.
    """

    HELP: ClassVar[str] = (
        "The prompt is dim, what the model wrote is not. A thin mark in the text is a place where "
        "a slider was moved; the list at the side says which.\n"
        "Up, down, PageUp and PageDown scroll. At the end it follows the text again: End or G."
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
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "token-stream--prompt",
        "token-stream--written",
        "token-stream--mark",
        "token-stream--cursor",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "scroll", key_display="↑↓", tooltip="A line of the text up"),
        Binding("down", "scroll_down", "scroll", show=False, tooltip="A line of the text down"),
        Binding("pageup", "page_up", "A page of the text up", show=False),
        Binding("pagedown", "page_down", "A page of the text down", show=False),
        Binding("home,g", "scroll_home", "The start of the text", show=False),
        Binding("end,G", "scroll_end", "The end of the text: follow it", show=False),
    ]

    class Painted(Message):
        """New text was drawn: the moment for whatever tells of it."""

    def __init__(
        self,
        *,
        period: float = 0.25,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 (Textual's name for it)
    ) -> None:
        super().__init__(id=id)
        self.period = period
        self.prompt = ""
        self._mark = "|" if ascii_only else "┊"
        self._written: list[str] = []
        self._waiting: list[tuple[str, str]] = []
        self._flow = TextFlow(2)
        self._streaming = False
        self._following = True
        self._painted_at = 0.0
        self._timer: Timer | None = None

    @property
    def written(self) -> str:
        """What the model wrote, as it came."""
        return "".join(self._written)

    def begin(self, prompt: str) -> None:
        """Drop the old text and start with a prompt."""
        self.prompt, self._written = prompt, []
        self._waiting = [(prompt, PROMPT)]
        self._flow = TextFlow(self._flow.width)
        self._streaming = self._following = self.can_focus = True
        self._paint()

    def add(self, text: str) -> None:
        """Append text that the model wrote."""
        self._written.append(text)
        self._waiting.append((text, WRITTEN))
        self._paint_soon()

    def mark(self) -> None:
        """Mark this place in the text."""
        self._waiting.append((self._mark, MARK))
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
        segments = [Segment(text, self._style(kind)) for text, kind in self._flow.row(index)]
        if self._streaming and index == len(self._flow) - 1:
            segments.append(Segment(" ", self._style("cursor")))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

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
        for text, kind in self._waiting:
            self._flow.append(text, kind)
        self._waiting = []
        self._show_rows(first)
        self.post_message(self.Painted())

    def _show_rows(self, first: int) -> None:
        """Draw the rows from the first changed one on, and bring the end into view."""
        self.virtual_size = Size(self._flow.width, len(self._flow))
        if self._following:
            # Forced: before the scrollbar is shown for the first time nothing scrolls otherwise.
            self.scroll_end(animate=False, immediate=True, force=True)
        self.refresh_lines(first, len(self._flow) - first + 1)
