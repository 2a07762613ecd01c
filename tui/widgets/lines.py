"""Lines of text of which only what differs is sent to the terminal.

Textual repaints a widget as a whole. On a slow link that is most of the traffic: a chart of which
one column changed would be sent entirely. Here each line is compared with the one shown before.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

FOCUSED = "bold underline $accent"
"""How a label tells that the keys act on what it names, in colour and without."""


class Lines(Widget):
    """Base of widgets that draw themselves as lines; subclasses say what is in them."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] | None = None
        self._contents: list[Content] = []
        """What was drawn as these strips."""
        self._is_stale = False
        self._is_late = False

    def draw(self, width: int, height: int) -> Sequence[Content]:
        """Give the lines; longer ones are cropped, missing ones are blank.

        Args:
            width: Cells in a line.
            height: Lines there is room for; 0 when the height follows the number of lines.
        """
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew, and send the terminal what differs; later, where another screen lies above.

        Textual would repaint that other screen as a whole for what changes beneath it.
        """
        self._is_late = self._lies_beneath
        if self._is_late:
            return
        if self._strips is None or not self.size:
            self.refresh(layout=self._follows_content)
            return
        old, new = self._strips, self._made()
        self._strips, self._is_stale = new, False
        if len(old) != len(new):
            self.refresh(layout=True)
            return
        changed = [
            Region(begin, y, end - begin, 1)
            for y, (before, after) in enumerate(zip(old, new, strict=True))
            if before != after
            for begin, end in [_span(before, after)]
        ]
        if changed:
            self.refresh(*changed)

    def catch_up(self) -> None:
        """Draw what was held back while another screen lay above."""
        if self._is_late:
            self.redraw()

    def render_line(self, y: int) -> Strip:
        """Give one line to Textual."""
        if self._strips is None or self._is_stale:
            self._strips, self._is_stale = self._made(), False
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.visual_style.rich_style)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Count the lines, where the height is auto."""
        return len(self.draw(width, 0))

    def notify_style_update(self) -> None:
        """Draw in the new colours when a line is next asked for."""
        super().notify_style_update()
        self._is_stale = True  # what was drawn is kept: most of these changes change nothing here

    def on_focus(self) -> None:
        """Show that the keys act here."""
        self.redraw()

    def on_blur(self) -> None:
        """Show that they act elsewhere."""
        self.redraw()

    def on_resize(self) -> None:
        """Forget what was drawn in another size."""
        self._strips = None
        self.refresh()

    @property
    def _lies_beneath(self) -> bool:
        """Whether another screen lies above one that has `catch_up` called when it is back."""
        if not self.is_attached or not getattr(self.screen, "CATCHES_UP", False):
            return False
        # An app that is changing its place may have no screen for a moment.
        return self.app.screen_stack[-1:] != [self.screen]

    @property
    def _follows_content(self) -> bool:
        return self.styles.is_auto_height

    def _made(self) -> list[Strip]:
        width, height = self.size
        lines = list(self.draw(width, 0 if self._follows_content else height))
        if not self._follows_content:
            lines = lines[:height] + [Content("")] * (height - len(lines))
        known = [] if self._strips is None or self._is_stale else self._strips
        before, self._contents = self._contents[: len(known)], lines
        return [
            known[y]
            if y < len(before) and known[y].cell_length == width and before[y].is_same(line)
            else self._strip(line, width)
            for y, line in enumerate(lines)
        ]

    def _strip(self, line: Content, width: int) -> Strip:
        style = self.visual_style
        strips = Visual.to_strips(self, line.truncate(width), width, 1, style, pad=True)
        return strips[0] if strips else Strip.blank(width, style.rich_style)


def fitted(text: str, cells: int) -> str:
    """Give a text in exactly so many cells; where it is longer its end gives way to …."""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(text, max(0, cells - 1)) + "…"


def with_parts(head: Content, parts: Sequence[str], width: int) -> Content:
    """Put faint words after a heading, as many of them as there is room for."""
    line = head
    for part in parts:
        longer = line + Content.styled(f"  {part}", "dim")
        if longer.cell_length > width:
            break
        line = longer
    return line


def _span(before: Strip, after: Strip) -> tuple[int, int]:
    """Give the first cell that differs, and the one after the last."""
    old, new = list(before), list(after)
    begin = end = 0
    while old and new and old[0] == new[0]:
        begin += old.pop(0).cell_length
        new.pop(0)
    while old and new and old[-1] == new[-1]:
        end += old.pop().cell_length
        new.pop()
    width = after.cell_length
    return begin, max(begin + 1, width - end)
