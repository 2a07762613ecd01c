"""Where a run begins: the presets, what the marked one is, and what the last run came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from ttgpt.engine.presets import Preset

from ...format import duration
from ...plan import Plan
from .preset_detail import PresetDetail
from .preset_list import PresetList

_WIDE = 110
_NONE: Mapping[str, Plan] = MappingProxyType({})
_READING = "Reading runs …"
_INVITATION = "Nothing was trained yet. Enter on the first one: a 90-second demo."


class Gallery(Vertical):
    """Invites to train something."""

    DEFAULT_CSS = """
    Gallery { padding: 1 1 0 1; }
    Gallery > Static { height: 1; margin-bottom: 1; }
    Gallery > Horizontal { height: 1fr; }
    Gallery PresetList { width: 36; max-width: 52%; height: 1fr; margin-right: 1; }
    Gallery PresetDetail { width: 1fr; height: 1fr; }
    Gallery.-wide PresetList { width: 64; max-width: 60%; }
    """

    BINDINGS = [
        Binding("t", "try_it", "try 20 steps", tooltip="Measure it by 20 steps"),
        Binding("e", "edit", "edit", tooltip="Change its settings first"),
        Binding("x", "delete", "delete", tooltip="Delete this preset of mine"),
        Binding("escape", "cancel", "end try", key_display="Esc", tooltip="End the try"),
        Binding("a", "look", "last run", tooltip="Look at the last run"),
        Binding("escape", "look", "last run", show=False, tooltip="Look at the last run"),
    ]

    class LookWanted(Message):
        """The last run is to be looked at."""

    class TryWanted(Message):
        """The marked preset is to be measured."""

    class TryCancelled(Message):
        """The try under way is to be ended."""

    class EditMarked(Message):
        """The marked preset is to be shown in the form."""

    class DeleteWanted(Message):
        """The marked preset, one's own, is to be removed."""

    def __init__(self) -> None:
        super().__init__()
        self.is_trying = False
        """Whether a try is under way."""
        self.edited: Mapping[str, int] = {}
        """How many settings were changed in the form, by the presets' names."""
        self._plans: Mapping[str, Plan] = {}
        self._own: frozenset[str] = frozenset()
        self._line = Static(_READING, markup=False)
        self._words = _READING
        self._said = ""
        self._has_last = False
        self._list = PresetList()
        self._detail = PresetDetail()

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield self._line
        with Horizontal():
            yield self._list
            yield self._detail

    @property
    def marked(self) -> Preset | None:
        """The preset that the keys act on."""
        return self._list.marked

    def show(
        self, presets: Sequence[Preset], own: Iterable[str] = (), plans: Mapping[str, Plan] = _NONE
    ) -> None:
        """Fill the list; `own` names those that the person made."""
        self._plans, self._own = plans, frozenset(own)
        self._list.show(presets, self._own, plans)

    def choose(self, name: str) -> None:
        """Mark the preset of a name."""
        self._list.choose(name)

    def explain(self, preset: Preset, plan: Plan) -> None:
        """Say what is known of a preset on this host, if it is still the marked one."""
        if preset is self._list.marked:
            self._detail.show(preset, plan, self.edited.get(preset.name, 0))

    def offer(self, last_run: str) -> None:
        """Say what the last run came to, or invite to a first one where it is empty."""
        self._has_last = bool(last_run)
        self._words = f"{last_run}   (a looks at it)" if last_run else self._invitation()
        if not self._said:
            self._line.update(self._words)

    def say(self, text: str) -> None:
        """Say what is being done; empty ends that."""
        self._said = text
        self._line.update(text or self._words)

    def take_focus(self) -> None:
        """Let the arrows act on the list."""
        self._list.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the last run where there is one."""
        if action == "look":
            return self._has_last and not self.is_trying
        if action == "cancel":
            return self.is_trying
        if action == "delete":
            return self.marked is not None and self.marked.name in self._own
        if action in ("try_it", "edit"):
            return self.marked is not None and not (action == "try_it" and self.is_trying)
        return True

    def action_try_it(self) -> None:
        """Ask for a try of the marked preset."""
        self.post_message(self.TryWanted())

    def action_cancel(self) -> None:
        """Ask for the end of the try."""
        self.post_message(self.TryCancelled())

    def action_edit(self) -> None:
        """Ask for the form."""
        self.post_message(self.EditMarked())

    def action_delete(self) -> None:
        """Ask for its removal."""
        self.post_message(self.DeleteWanted())

    def action_look(self) -> None:
        """Ask for the last run."""
        self.post_message(self.LookWanted())

    def on_resize(self, event: events.Resize) -> None:
        """Give the list room for figures where there is some."""
        self.set_class(event.size.width >= _WIDE, "-wide")

    def on_preset_list_highlighted(self, message: PresetList.Highlighted) -> None:
        """Describe the marked preset with what is known already."""
        name = message.preset.name
        self._detail.show(message.preset, self._plans.get(name), self.edited.get(name, 0))

    def _invitation(self) -> str:
        """Invite to the demo: with its length as measured here, if it was."""
        plan = self._plans.get("demo")
        if plan is None or plan.seconds is None:
            return _INVITATION
        return (
            f"Nothing was trained yet. Enter starts the demo: about {duration(plan.seconds)} here."
        )
