"""Which named sampling values are set: `preset  ◂ balanced ▸`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from ...play.presets import PRESETS, SamplingPreset, name_of
from ...sampling import Sampling
from ..lines import FOCUSED


class PresetChoice(Widget, can_focus=True):
    """One line: the name under which the values are known, and keys to go to another."""

    HELP: ClassVar[str] = (
        "Named values: greedy always takes the likeliest token, careful stays close to it, "
        "balanced is where texts begin, wild lets all through, neutral is the model's own odds.\n"
        "Left and right go to another; s keeps the values of the sliders under a name of yours, "
        "Del forgets it."
    )

    DEFAULT_CSS = """
    PresetChoice { height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "preset", key_display="←→", tooltip="The preset before"),
        Binding("right", "step(1)", "preset", show=False, tooltip="The preset after"),
        Binding("s", "keep", "keep as own", tooltip="Keep these values under a name"),
        Binding("delete", "forget", "forget", key_display="Del", tooltip="Forget this preset"),
        Binding("up", "app.focus_previous", "The field before", show=False),
        Binding("down", "app.focus_next", "The field after", show=False),
    ]

    sampling: reactive[Sampling] = reactive(Sampling())
    own: reactive[tuple[SamplingPreset, ...]] = reactive(())

    class Chosen(Message):
        """Other values were chosen."""

        def __init__(self, sampling: Sampling) -> None:
            super().__init__()
            self.sampling = sampling

    class KeepWanted(Message):
        """The values are to be kept under a name."""

    class ForgetWanted(Message):
        """An own preset is to be forgotten."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    @property
    def name_shown(self) -> str:
        """The name of the values, or that they have none."""
        return name_of(self.sampling, list(self.own))

    def render(self) -> Content:
        """Draw the word and the name."""
        return Content.assemble(
            (f"{'preset':<12}" if self.size.width >= 36 else "preset ", self._style),
            ("◂ ", "dim"),
            self.name_shown,
            (" ▸", "dim"),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to forget only what is a person's own."""
        if action == "forget":
            return self.name_shown in {preset.name for preset in self.own}
        return True

    def on_focus(self) -> None:
        """Mark the word."""
        self.refresh()

    def on_blur(self) -> None:
        """Unmark it."""
        self.refresh()

    def action_step(self, steps: int) -> None:
        """Go to another preset."""
        every: Sequence[SamplingPreset] = (*PRESETS, *self.own)
        names = [preset.name for preset in every]
        if self.name_shown in names:
            place = (names.index(self.name_shown) + steps) % len(every)
        else:
            place = 0 if steps > 0 else len(every) - 1
        self.post_message(self.Chosen(every[place].sampling))

    def action_keep(self) -> None:
        """Ask for the values to be kept."""
        self.post_message(self.KeepWanted())

    def action_forget(self) -> None:
        """Ask for the preset to be forgotten."""
        self.post_message(self.ForgetWanted(self.name_shown))

    @property
    def _style(self) -> str:
        return FOCUSED if self.has_focus else ""
