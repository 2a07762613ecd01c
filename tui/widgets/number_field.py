"""A number that is set by arrow keys or by typing it: `seed -1`."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from .lines import FOCUSED
from .scale import Number, Scale

_BEGINS, _GOES_ON = "0123456789.,-+", "eE"
_LONGEST = 20


class NumberField(Widget, can_focus=True):
    """One line: a label and its value.

    Args:
        label: Its name, in full.
        scale: The values it can take.
        value: The value to begin with, which Del brings back.
        label_width: Cells kept for the label, so that fields below each other line up.
    """

    HELP: ClassVar[str] = (
        "Left and right change the value by a small step, PageUp and PageDown (or shift and an "
        "arrow) by a large one. Home and End go to the ends, Del back to the default.\n"
        "Or type a number: Enter or Tab sets it, Esc drops what was typed."
    )

    DEFAULT_CSS = """
    NumberField { height: 1; width: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "set_typed", "set", key_display="Enter", tooltip="Set what was typed"),
        Binding("escape", "drop_typed", "drop", key_display="Esc", tooltip="Drop what was typed"),
        Binding("left", "move(-1)", "change", key_display="←→", tooltip="A little less"),
        Binding("right", "move(1)", "change", show=False, tooltip="A little more"),
        Binding(
            "pagedown,shift+left",
            "leap(-1)",
            "much less",
            key_display="PgDn",
            show=False,
            tooltip="A lot less (shift ← too)",
        ),
        Binding(
            "pageup,shift+right",
            "leap(1)",
            "much more",
            key_display="PgUp",
            show=False,
            tooltip="A lot more (shift → too)",
        ),
        Binding("home", "go_low", "lowest", key_display="Home", show=False, tooltip="The lowest"),
        Binding("end", "go_high", "highest", key_display="End", show=False, tooltip="The highest"),
        Binding("delete", "go_default", "default", key_display="Del", tooltip="The default"),
        Binding("backspace", "erase", "Erase a typed digit", show=False),
        Binding("up", "app.focus_previous", "The field before", show=False),
        Binding("down", "app.focus_next", "The field after", show=False),
    ]

    value: reactive[Number] = reactive(0.0, init=False)
    typed: reactive[str] = reactive("", init=False)
    """What was typed and not yet set."""

    class Changed(Message):
        """The value is another one now."""

        def __init__(self, field: NumberField, value: Number) -> None:
            super().__init__()
            self.field = field
            self.value = value

        @property
        def control(self) -> NumberField:
            """The field, for `on` selectors."""
            return self.field

    class Refused(Message):
        """What was typed is no value of this field."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(
        self,
        label: str,
        scale: Scale,
        value: Number,
        *,
        label_width: int = 0,
        id: str | None = None,  # noqa: A002 (Textual's name for it)
    ) -> None:
        super().__init__(id=id)
        self.label = label
        self._label_width = max(label_width, len(label) + 1)
        self.scale = scale
        self.default = scale.clamp(value)
        self.set_reactive(NumberField.value, self.default)

    def set_scale(self, scale: Scale) -> None:
        """Take other ends; a value outside them moves to the nearest."""
        self.scale = scale
        self.value = self.value
        self.refresh(layout=True)

    def validate_value(self, value: Number) -> Number:
        """Keep the value on the scale."""
        return self.scale.clamp(value)

    def watch_value(self) -> None:
        """Drop what was typed and tell the parent."""
        self.typed = ""
        self.refresh(layout=self.styles.is_auto_width)
        self.post_message(self.Changed(self, self.value))

    def watch_typed(self) -> None:
        """Change the keys that do something with the first and the last typed character."""
        self.refresh(layout=self.styles.is_auto_width)
        self.refresh_bindings()

    def render(self) -> Content:
        """Write the label and the value."""
        gap = " " * (self._label_width - len(self.label))
        return Content.assemble((self.label, self.label_style), gap, self.written())

    def written(self) -> Content:
        """Give the value, or what is being typed with a cursor after it."""
        if self.typed:
            return Content.assemble((self.typed, "$accent"), (" ", "reverse"))
        return Content.styled(self.scale.write(self.value), "bold" if self.has_focus else "")

    @property
    def label_style(self) -> str:
        """How the label tells where the focus is, in colour and without."""
        return FOCUSED if self.has_focus else ""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Say that the characters of a number are typed, not commands."""
        return self._is_typed_here(character)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to set and drop only what was typed."""
        if action in ("set_typed", "drop_typed", "erase"):
            return bool(self.typed)
        if action == "go_default":
            return self.value != self.default
        return True

    def on_key(self, event: events.Key) -> None:
        """Collect a typed number."""
        if event.character is not None and self._is_typed_here(event.character):
            event.stop()
            event.prevent_default()
            self.typed = (self.typed + event.character)[:_LONGEST]

    def on_focus(self) -> None:
        """Mark the label."""
        self.refresh()

    def on_blur(self) -> None:
        """Set what was typed; where it is no value, say so and forget it."""
        if self.app.app_focus:  # else it is the terminal that a person left, not the field
            self.action_set_typed()
            self.typed = ""
        self.refresh()

    def action_set_typed(self) -> None:
        """Set the typed number; one that cannot be set stays, to be mended."""
        if not self.typed:
            return
        value = self.scale.read(self.typed)
        if value is None:
            words = f"{self.label} {self.typed} is not set: it must be {self.scale.wanted}."
            self.post_message(self.Refused(words))
            return
        self.typed = ""
        self.value = value

    def action_drop_typed(self) -> None:
        """Forget the typed number."""
        self.typed = ""

    def action_erase(self) -> None:
        """Take back the last typed character."""
        self.typed = self.typed[:-1]

    def _is_typed_here(self, character: str | None) -> bool:
        """Take all that numbers are written with, so that nothing of one is left out silently."""
        return character is not None and character in _BEGINS + (_GOES_ON if self.typed else "")

    def action_move(self, steps: int) -> None:
        """Change the value by fine steps."""
        self.value = self.scale.moved(self.value, steps)

    def action_leap(self, leaps: int) -> None:
        """Change the value by coarse steps."""
        self.value = self.scale.leapt(self.value, leaps)

    def action_go_low(self) -> None:
        """Go to the low end."""
        self.value = self.scale.low

    def action_go_high(self) -> None:
        """Go to the high end."""
        self.value = self.scale.high

    def action_go_default(self) -> None:
        """Go back to the default."""
        self.value = self.default
