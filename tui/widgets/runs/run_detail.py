"""What there is to say of the chosen run, below the table."""

from __future__ import annotations

import time

from textual.content import Content

from ...format import age, grouped, one_line, visible
from ...runs.detail import Detail
from ...runs.glance import Glance, state_word
from ...runs.history import History
from ...settings import Marker
from ..chart.overlay_chart import Curve, overlay
from ..lines import Lines

_LABEL = 6
_BESIDE = 96
"""Width from which the settings stand beside the sentences instead of below them."""
_LEAST_FOR_CURVE = 16
_LEAST_CURVE = 7


class RunDetail(Lines):
    """Sentences with labels, then the settings that differ from the preset."""

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._marker = marker
        self._seen: Glance | None = None
        self._detail: Detail | None = None
        self._history: History | None = None

    @property
    def has_room_for_curve(self) -> bool:
        """Whether the run's curve would be drawn."""
        return self.size.width >= _BESIDE and self.size.height >= _LEAST_FOR_CURVE

    def show(
        self, seen: Glance | None, detail: Detail | None, history: History | None = None
    ) -> None:
        """Show a run; what is not read yet of the same run stays as it was, and does not blink."""
        if seen is None or self._seen is None or seen.run.path != self._seen.run.path:
            self._detail = self._history = None
        self._seen = seen
        self._detail = detail or self._detail
        self._history = history or self._history
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the run's name, the sentences and the settings."""
        seen, detail = self._seen, self._detail
        if seen is None:
            return []
        title = Content.assemble((one_line(seen.name), "bold"), "   ", _headline(seen))
        if detail is None:
            return [title]
        if width >= _BESIDE:
            left = _sentences(detail, width * 3 // 5 - 2)
            right = _settings(detail, width - width * 3 // 5)
            lines = [title, Content(""), *_side_by_side(left, right, width * 3 // 5)]
            return [*lines, *self._curve(width, height - len(lines) - 1)]
        body = _sentences(detail, width)
        space = [Content("")] if height >= len(body) + 4 else []
        room = height - 1 - len(body) - 2 * len(space)
        settings = _settings(detail, width, room)
        return [title, *space, *body, *space, *settings]

    def _curve(self, width: int, height: int) -> list[Content]:
        """Draw the losses where there is room for more than a stripe."""
        if self._history is None or height < _LEAST_CURVE:
            return []
        curve = Curve(self._history.train, self._history.val)
        return [Content(""), *overlay([curve], width, height, self._marker)]


def _headline(seen: Glance) -> str:
    words = state_word(seen.state)
    if seen.step:
        words += f" at step {grouped(seen.step)}"
        words += f" of {grouped(seen.max_steps)}" if seen.max_steps else ""
    if not seen.is_live and seen.touched:
        ago = age(time.time() - seen.touched)
        words += ", just now" if ago == "now" else f", {ago} ago"
    return words


def _sentences(detail: Detail, width: int) -> list[Content]:
    lines = []
    for label, text in detail.entries:
        for place, line in enumerate(Content(visible(text)).wrap(max(10, width - _LABEL))):
            lines.append(Content.assemble((f"{'' if place else label:<{_LABEL}}", "dim"), line))
    return lines


def _settings(detail: Detail, width: int, room: int = 1000) -> list[Content]:
    if not detail.preset_is_known:
        return []
    if not detail.differs:
        return [Content.styled(f"settings as in its preset, {one_line(detail.preset)}", "dim")]
    lines = [
        Content.styled(f"settings that differ from its preset, {one_line(detail.preset)}", "dim")
    ]
    widest = max(len(name) for name, _, _ in detail.differs)
    for name, value, before in detail.differs:
        row = Content.assemble(
            (f"{name:<{widest}}  ", "dim"), one_line(value), (f"   ({one_line(before)})", "dim")
        )
        lines.append(row.truncate(max(1, width), ellipsis=True))
    surplus = len(lines) - room
    if surplus > 0:
        lines = lines[: max(1, room - 1)]
        hidden = len(detail.differs) + 1 - len(lines)
        lines.append(Content.styled(f"and {hidden} more", "dim"))
    return lines


def _side_by_side(left: list[Content], right: list[Content], at: int) -> list[Content]:
    empty = Content("")
    rows = max(len(left), len(right))
    left += [empty] * (rows - len(left))
    right += [empty] * (rows - len(right))
    return [
        one + Content(" " * max(1, at - one.cell_length)) + other
        for one, other in zip(left, right, strict=True)
    ]
