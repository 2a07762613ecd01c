"""What is drawn steers no terminal: control characters in a name, a note or a text are not sent.

It acts on what is sent, whichever widget drew it, as `ascii_only` does. A widget that shows a text
for its own sake writes them as `format.visible` does, so that they are seen.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from .format import visible


class VisibleOnly(LineFilter):
    """Replaces what is not printed in the lines of any widget; their widths stay."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Give the segments without it."""
        return [
            segment if segment.text.isprintable() else _printed(segment) for segment in segments
        ]


def _printed(segment: Segment) -> Segment:
    text = "".join(map(_stand_in, segment.text))
    return Segment(text, segment.style, segment.control)


def _stand_in(character: str) -> str:
    if character != "\n" and visible(character) == character:
        return character
    return "\N{REPLACEMENT CHARACTER}" * cell_len(character)
