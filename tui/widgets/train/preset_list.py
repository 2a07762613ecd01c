"""The presets to choose from, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from ttgpt.engine.presets import Preset

from ...format import NOTHING, count, duration, grouped
from ...plan import Plan
from ..lines import Lines

_WIDE = 56
"""Width from which the figures stand beside the titles, under headings."""
_NARROW = 34
"""Width below which the titles need all of the line."""
_LENGTH, _COLUMN = 13, 10


class PresetList(Lines, can_focus=True):
    """A list with one line marked; it scrolls by itself where it is longer than its place."""

    BINDINGS = [
        Binding("enter", "choose", "start", key_display="Enter", tooltip="Train this preset"),
        Binding("up,k", "move(-1)", "choose", key_display="↑↓", tooltip="The preset above"),
        Binding("down,j", "move(1)", "choose", show=False, tooltip="The preset below"),
        Binding("home,g", "move(-1000)", "The first preset", show=False),
        Binding("end,G", "move(1000)", "The last preset", show=False),
    ]
    HELP = (
        "Each preset is a whole configuration. Enter prepares its text and starts to train it.\n"
        "They stand in the order of what they compute: the first ones take minutes on a CPU, the "
        "last ones want a card."
    )

    class Highlighted(Message):
        """Another preset was marked."""

        def __init__(self, preset: Preset) -> None:
            super().__init__()
            self.preset = preset

    class Chosen(Message):
        """A preset was chosen."""

        def __init__(self, preset: Preset) -> None:
            super().__init__()
            self.preset = preset

    def __init__(self) -> None:
        super().__init__()
        self._presets: Sequence[Preset] = ()
        self._own: frozenset[str] = frozenset()
        self._plans: Mapping[str, Plan] = {}
        self._at = 0
        self._top = 0

    @property
    def marked(self) -> Preset | None:
        """The preset that the keys act on."""
        return self._presets[self._at] if self._presets else None

    def show(
        self,
        presets: Sequence[Preset],
        own: Iterable[str] = (),
        plans: Mapping[str, Plan] | None = None,
    ) -> None:
        """Show presets, and mark the one of the name that was marked before, or else the first.

        Args:
            presets: What to choose from.
            own: Names of those that the person made.
            plans: By their names, what they would take on this host.
        """
        before = self.marked
        self._presets, self._own, self._plans = presets, frozenset(own), plans or {}
        names = [preset.name for preset in presets]
        self._at = names.index(before.name) if before and before.name in names else 0
        self.action_move(0)

    def choose(self, name: str) -> None:
        """Mark the preset of a name, if it is there."""
        for place, preset in enumerate(self._presets):
            if preset.name == name:
                self.action_move(place - self._at)

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw what is in sight, under headings where there is room for figures."""
        head = [self._heading(width)] if width >= _WIDE else []
        height -= len(head)
        self._top = max(min(self._top, self._at), self._at - height + 1, 0)
        seen = self._presets[self._top : self._top + max(0, height)]
        lines = [self._line(preset, self._top + n, width) for n, preset in enumerate(seen)]
        return [*head, *lines]

    def on_click(self, event: events.Click) -> None:
        """Mark the line that was clicked; choose it when it was marked before."""
        wanted = self._top + event.y - (self.size.width >= _WIDE)
        if wanted == self._at:
            self.action_choose()
        elif 0 <= wanted < len(self._presets):
            self.action_move(wanted - self._at)

    def action_move(self, by: int) -> None:
        """Mark a line further up or down."""
        self._at = max(0, min(self._at + by, len(self._presets) - 1))
        self.redraw()
        if self._presets:
            self.post_message(self.Highlighted(self._presets[self._at]))

    def action_choose(self) -> None:
        """Choose the marked line."""
        if self._presets:
            self.post_message(self.Chosen(self._presets[self._at]))

    def _heading(self, width: int) -> Content:
        titles = f"{'length':>{_LENGTH}}{'size':>{_COLUMN}}{'time here':>{_COLUMN + 1}}"
        return Content.styled(f"  {'preset':<{width - 2 - len(titles)}}{titles}", "dim")

    def _line(self, preset: Preset, place: int, width: int) -> Content:
        marked = place == self._at
        style = ("bold $accent" if self.has_focus else "bold") if marked else ""
        figures = self._figures(preset, width)
        room = max(1, width - 2 - len(figures))
        own = "  mine" if preset.name in self._own else ""
        title = Content.styled(preset.title, style).truncate(room - len(own), ellipsis=True)
        title = Content.assemble(title, (own, "$success"))
        space = " " * max(0, room - title.cell_length)
        mark = "▸ " if marked else "  "
        return Content.assemble((mark, style), title, space, (figures, "dim"))

    def _figures(self, preset: Preset, width: int) -> str:
        steps, epochs = preset.config.train.max_steps, preset.config.train.epochs
        length = f"{grouped(steps)} steps" if steps else f"{epochs:g} passes"
        if width < _WIDE:
            return f"{length:>{_LENGTH}}" if width >= _NARROW else ""
        plan = self._plans.get(preset.name)
        size = count(plan.parameters) if plan else ""
        took = duration(plan.seconds) if plan else NOTHING
        return f"{length:>{_LENGTH}}{size:>{_COLUMN}}{took:>{_COLUMN + 1}}"
