"""The settings of a configuration, one a line, under the names of their sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message

from ...form.draft import Draft
from ...form.fields import FIELDS, Field
from ...format import one_line
from ..lines import Lines

_NAME = 20
_VALUE = 2 + _NAME


class FieldList(Lines, can_focus=True):
    """A list with one setting chosen; it scrolls by itself.

    Args:
        draft: What is being changed.
    """

    HELP = (
        "Every setting of the run, with its sentence of help beside it. Enter opens a field to "
        "type in; left and right go through the choices of those that have some.\n"
        "* differs from the preset    ! cannot be so"
    )
    BINDINGS = [
        Binding("enter", "edit", "change", key_display="Enter", tooltip="Change this setting"),
        Binding("left", "turn(-1)", "choices", key_display="←→", tooltip="The choice before"),
        Binding("right", "turn(1)", "choices", show=False, tooltip="The choice after"),
        Binding("u", "reset", "undo", tooltip="The preset's value again"),
        Binding("up,k", "move(-1)", "The setting above", show=False),
        Binding("down,j", "move(1)", "The setting below", show=False),
        Binding("pageup", "move(-10)", "Ten settings up", show=False),
        Binding("pagedown", "move(10)", "Ten settings down", show=False),
        Binding("tab", "section(1)", "section", key_display="Tab", tooltip="The next section"),
        Binding("shift+tab", "section(-1)", "The section before", show=False),
        Binding("home,g", "move(-1000)", "The first setting", show=False),
        Binding("end,G", "move(1000)", "The last setting", show=False),
    ]

    class Highlighted(Message):
        """Another setting was chosen."""

    class EditWanted(Message):
        """The chosen setting is to be typed."""

    class Changed(Message):
        """The chosen setting has another value."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.sources: Sequence[str] = ()
        """Names that the text can have: prepared and bundled ones."""
        self._at = self._top = 0
        self._problems: Mapping[str, str] = {}

    @property
    def field(self) -> Field:
        """The chosen setting."""
        return FIELDS[self._at]

    @property
    def choices(self) -> tuple[str, ...]:
        """What left and right go through; empty for what is typed."""
        return tuple(self.sources) if self.field.dotted == "data.source" else self.field.choices

    @property
    def value_at(self) -> Offset:
        """Where the chosen setting's value is drawn."""
        return Offset(_VALUE, _rows().index(self._at) - self._top_within(self.size.height))

    def judge(self, problems: Mapping[str, str]) -> None:
        """Mark the settings that cannot be as they are."""
        self._problems = problems
        self.redraw()

    def choose(self, name: str) -> None:
        """Choose a setting by its dotted name."""
        for place, field in enumerate(FIELDS):
            if field.dotted == name:
                self.action_move(place - self._at)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what the chosen setting allows."""
        if action == "turn":
            return len(self.choices) > 1
        if action == "reset":
            return self.field.dotted in self.draft.changed
        return True

    def action_edit(self) -> None:
        """Take the next choice, or ask for a field to type in."""
        if self.field.choices:
            self.action_turn(1)
        else:
            self.post_message(self.EditWanted())

    def action_turn(self, by: int) -> None:
        """Take the choice before or after."""
        choices, now = self.choices, self.draft.text(self.field.dotted)
        if not choices:
            return
        at = choices.index(now) + by if now in choices else 0
        self.draft.set(self.field.dotted, choices[at % len(choices)])
        self.post_message(self.Changed())

    def action_reset(self) -> None:
        """Give the chosen setting its preset's value."""
        self.draft.reset(self.field.dotted)
        self.post_message(self.Changed())

    def action_move(self, by: int) -> None:
        """Choose a setting further up or down."""
        self._at = max(0, min(self._at + by, len(FIELDS) - 1))
        self.post_message(self.Highlighted())
        self.redraw()

    def action_section(self, by: int) -> None:
        """Choose the first setting of another section."""
        starts = [n for n, f in enumerate(FIELDS) if n == 0 or FIELDS[n - 1].section != f.section]
        here = max(n for n, start in enumerate(starts) if start <= self._at)
        self.action_move(starts[(here + by) % len(starts)] - self._at)

    def on_click(self, event: events.Click) -> None:
        """Choose the line that was clicked; change it when it was chosen before."""
        rows = _rows()
        wanted = self._top + event.y
        found = rows[wanted] if wanted < len(rows) else None
        if found is None:
            return
        if found == self._at:
            self.action_edit()
        else:
            self.action_move(found - self._at)

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw what is in sight; the section's name stays with its first setting."""
        rows = _rows()
        self._top = self._top_within(height)
        seen = rows[self._top : self._top + height]
        lines = []
        for offset, place in enumerate(seen, start=self._top):
            if place is not None:
                lines.append(self._line(place, width))
            elif offset + 1 < len(rows) and rows[offset + 1] is not None:
                section = FIELDS[rows[offset + 1] or 0].section
                lines.append(Content.styled(section, "bold"))
            else:
                lines.append(Content(""))
        return lines

    def _top_within(self, height: int) -> int:
        """Scroll no further than the chosen line needs, with its heading where there is one."""
        rows = _rows()
        at = rows.index(self._at)
        above = at - 1 if at and rows[at - 1] is None else at
        return max(min(self._top, above), at - max(1, height) + 1, 0)

    def _line(self, place: int, width: int) -> Content:
        field = FIELDS[place]
        name, here = field.dotted, place == self._at
        style = ("bold $accent" if self.has_focus else "bold") if here else ""
        pointer = "▸" if here else " "
        wrong, changed = name in self._problems, name in self.draft.changed
        mark, look = ("!", "$error") if wrong else ("*", "$accent") if changed else (" ", "")
        text = one_line(self.draft.text(name)) or "none"
        parts = [(pointer, style), (mark, look), (f"{field.name:<{_NAME}}", style or "dim")]
        line = Content.assemble(*parts, (text, look))
        if changed:
            line += Content.styled(f"  ({one_line(self.draft.before(name)) or 'none'})", "dim")
        return line.truncate(width, ellipsis=True)


def _rows() -> list[int | None]:
    """Give the lines: the place of a setting, or None for a heading and the blank above it."""
    rows: list[int | None] = []
    for place, field in enumerate(FIELDS):
        if place == 0 or FIELDS[place - 1].section != field.section:
            rows += [None, None] if place else [None]
        rows.append(place)
    return rows
