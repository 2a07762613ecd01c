"""What a field could say, one a line, the one that it says marked."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ..format import one_line
from ..texts.completion import Offered
from .lines import Lines


class OfferList(Lines):
    """Shows what there is to choose; the field that it belongs to does the choosing."""

    def __init__(self) -> None:
        super().__init__()
        self._offered: Sequence[Offered] = ()
        self._marked: int | None = None

    def show(self, offered: Sequence[Offered], marked: int | None) -> None:
        """Show other offers, or mark another one."""
        self._offered, self._marked = offered, marked
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the offers around the marked one."""
        marked = self._marked or 0
        top = max(0, min(marked - height // 2, len(self._offered) - height))
        seen = self._offered[top : top + height]
        return [self._line(one, top + at, width) for at, one in enumerate(seen)]

    def _line(self, one: Offered, at: int, width: int) -> Content:
        about = f"  {one.about}" if one.about else ""
        if Content(about).cell_length > width // 2:
            about = ""
        text = one_line(one.text)
        room = max(1, width - 2 - Content(about).cell_length)
        # Paths differ at their ends.
        while Content(text).cell_length > room:
            text = "…" + text[2:]
        marked = at == self._marked
        return Content.assemble(
            ("▸ " if marked else "  ", "$accent"),
            Content.styled(text, "bold" if marked else "").pad_right(
                max(0, room - Content(text).cell_length)
            ),
            (about, "dim"),
        )
