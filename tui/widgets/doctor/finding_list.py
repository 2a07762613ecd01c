"""The checks by family, one a line: `card  BLOCK  no permission on /dev/tenstorrent/0`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from ...doctor.board import BLOCK, NOTE, OK, RUNNING, SKIP, UNKNOWN, WARN, Row
from ...format import one_line
from ..lines import Lines

STYLES = {
    OK: "$success",
    BLOCK: "bold $error",
    WARN: "$warning",
    NOTE: "",
    SKIP: "dim",
    RUNNING: "dim",
    UNKNOWN: "dim",
}
"""How each word is drawn."""

_MARK = 2
_STATE = 6
_GAP = 1
_NOTHING = "  Nothing here needs a look."


class FindingList(Lines, can_focus=True):
    """A list with one line marked; it scrolls by itself where it is longer than its place."""

    BINDINGS = [
        Binding("up,k", "move(-1)", "choose", show=False, key_display="↑↓", tooltip="Up"),
        Binding("down,j", "move(1)", "choose", show=False, tooltip="Down"),
        Binding("pageup", "page(-1)", "A page of checks up", show=False),
        Binding("pagedown", "page(1)", "A page of checks down", show=False),
        Binding("home,g", "move(-1000)", "The first check", show=False),
        Binding("end,G", "move(1000)", "The last check", show=False),
    ]
    HELP = (
        "ok  as it should be\n"
        "BLOCK  training on a card cannot begin before this is mended\n"
        "warn  it works, but something will be slower, fuller or stranger than it should\n"
        "note  worth knowing\n"
        "skip  could not be asked here, mostly because something before it is missing\n"
        "runs  being looked at now\n"
        "?  not looked at yet, or stopped\n"
        "+5  five more of the family are the same; f lists each\n"
        "Enter gives the text below all the room; Esc takes it back."
    )

    DEFAULT_CSS = """
    FindingList { height: 1fr; }
    """

    class Highlighted(Message):
        """Another check was marked, or what is known of the marked one has changed."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()
        self._is_led = True
        self._family = 0
        self._at = 0
        self._top = 0

    @property
    def marked(self) -> Row | None:
        """The row with the mark; None in an empty list."""
        return self._rows[self._at] if self._rows else None

    def lead(self, to: str | None = None) -> None:
        """Let the mark go to what needs a look, until the arrows are used; or to one row only."""
        self._is_led = to is None
        self._at = next((at for at, row in enumerate(self._rows) if row.id == to), self._at)

    def show(self, rows: Sequence[Row], worst: str | None = None) -> None:
        """Show rows, with the mark where it was, or while it is led on the row with this id."""
        before = self.marked
        stay = before.id if before else None
        wanted = worst if worst and self._is_led else stay
        self._rows = tuple(rows)
        # It never shrinks: columns that jump when rows are left out are hard to read.
        self._family = max([self._family, *(cell_len(row.family) for row in rows)])
        places = [place for place, row in enumerate(rows) if row.id == wanted]
        if before and not places:  # it was folded away
            places = [place for place, row in enumerate(rows) if row.family == before.family]
        self._at = max(0, min(places[0] if places else self._at, len(rows) - 1))
        self.styles.max_height = len(rows) + 1  # a short list leaves its room to what follows
        self.redraw()
        if self.marked != before:
            self.post_message(self.Highlighted(self.marked))

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw what is in sight; its first line names its family, its ends tell what is beyond."""
        if not self._rows:
            return [Content.styled(_NOTHING, "dim")]
        last_top = max(0, len(self._rows) - height)
        top = 0 if self._is_led else self._top  # a led mark does not depend on where it has been
        self._top = min(max(min(top, self._at), self._at - height + 1, 0), last_top)
        seen = self._rows[self._top : self._top + height]
        heads = [True, *(a.family != b.family for a, b in pairwise(seen))]
        family = self._family + _GAP
        lines = [
            self._line(row, self._top + place, width, family if heads[place] else -family)
            for place, row in enumerate(seen)
        ]
        below = len(self._rows) - self._top - len(seen)
        if self._top and lines:
            lines[0] = _with_end(lines[0], f"↑{self._top}", width)
        if below and lines:
            lines[-1] = _with_end(lines[-1], f"↓{below}", width)
        return lines

    def on_click(self, event: events.Click) -> None:
        """Mark the line that was clicked."""
        if self._top + event.y < len(self._rows):
            self.action_move(self._top + event.y - self._at)

    def action_move(self, by: int) -> None:
        """Mark a line further up or down."""
        before, self._is_led = self._at, False
        self._at = max(0, min(self._at + by, len(self._rows) - 1))
        if self._at != before:
            self.redraw()
            self.post_message(self.Highlighted(self.marked))

    def action_page(self, pages: int) -> None:
        """Move by what is in view."""
        self.action_move(pages * max(1, self.size.height - 1))

    def _line(self, row: Row, place: int, width: int, family: int) -> Content:
        marked = place == self._at
        style = ("bold $accent" if self.has_focus else "bold") if marked else ""
        name = row.family if family > 0 else ""
        more = f"  +{row.folded}" if row.folded else ""
        room = max(1, width - _MARK - abs(family) - _STATE - len(more))
        text = one_line(row.text)
        if cell_len(text) > room:
            text = Content(text).truncate(room - 1).plain + "…"
        faint = not marked and row.word in (SKIP, RUNNING, UNKNOWN)
        return Content.assemble(
            ("▸ " if marked else " " * _MARK, style),
            (f"{name:<{abs(family)}}", "dim"),
            (f"{row.word:<{_STATE}}", STYLES[row.word]),
            (text, "dim" if faint else style),
            (more, "dim"),
        )


def _with_end(line: Content, end: str, width: int) -> Content:
    """Write how many lines there are beyond this one at its right end."""
    room = width - len(end) - 1
    return line.truncate(room, pad=True) + Content.styled(f" {end}", "dim")
