"""What all places share: the first line, the last line, and what is said when there is no room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.dom import DOMNode
from textual.message import Message
from textual.widget import Widget

from ..messages import RunAttached, RunChanged
from ..places import TRAIN
from ..widgets.key_line import KeyLine
from ..widgets.lines import Lines
from ..widgets.top_line import TopLine
from .base import SMALLEST, BaseScreen
from .dialogs import Confirm

if TYPE_CHECKING:
    from ..app import TtgptApp

EVEN_HIGH, TALL = 24, 32
"""Lines of a screen from which on there is room for both of two things, and for more of each."""
TWO_COLUMNS: list[tuple[int, str]] = [
    (0, "-too-narrow"),
    (SMALLEST.width, "-narrow"),
    (76, "-even"),
    (100, "-wide"),
]
"""Widths of places that are halved: side by side they need other borders than one alone."""


def app_of(node: DOMNode) -> TtgptApp:
    """Give the app of a screen or a widget, by its own type."""
    return cast("TtgptApp", node.app)


class FramedScreen(BaseScreen[None]):
    """A place that a digit leads to, or a screen that lies over one until it is left."""

    PLACE = ""
    """Its title in the first line."""
    HELP = ""
    """What `?` says of it: plain text."""
    LEAVING = ("A run is being prepared.", "It has not begun; leaving drops it.")
    """What `is_starting` means for somebody who is about to leave the app."""

    CATCHES_UP = True
    """Its widgets draw nothing while another screen lies above, and are told when it is gone."""

    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (SMALLEST.width, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [
        (0, "-too-short"),
        (SMALLEST.height, "-short"),
        (EVEN_HIGH, "-even-high"),
        (TALL, "-tall"),
    ]

    def compose(self) -> ComposeResult:
        """Put the place's own widgets between the two lines."""
        yield TopLine(self.PLACE)
        yield from self.compose_body()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """Give the place's own widgets."""
        yield from ()

    def on_mount(self) -> None:
        """Be known to the app, which asks all places before it leaves."""
        self.ttgpt.places.append(self)

    async def on_unmount(self) -> None:
        """Be let go of with all that is shown here."""
        self.ttgpt.places.remove(self)

    @property
    def ttgpt(self) -> TtgptApp:
        """The app, by its own type."""
        return app_of(self)

    def still_has(self, kind: type[Widget]) -> bool:
        """Say whether a widget is there: what was waited for may come when the app is closing."""
        return bool(self.query(kind))

    @property
    def is_starting(self) -> bool:
        """Whether something is under way here that leaving the app would drop."""
        return False

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was shown."""
        for widget in self.query(Lines):
            widget.catch_up()
        watch = self.ttgpt.run_watch
        if watch is not None:
            self.post_message(RunChanged(watch.state))
        else:
            self.query_one(TopLine).hide_run()

    def on_run_changed(self, message: RunChanged) -> None:
        """Keep the first line up to date."""
        self._show_run()

    def on_run_attached(self, message: RunAttached) -> None:
        """Show the run that is watched now."""
        self._show_run()

    def _if_yes(self, question: Confirm, act: Callable[[], object]) -> None:
        """Ask, and act where the answer is yes."""

        def answered(yes: bool | None) -> None:
            if yes:
                act()

        self.app.push_screen(question, answered)

    def _to_train(self, wish: Message) -> None:
        """Hand a wish to the Train screen, which starts runs and shows them."""
        app = self.ttgpt
        app.action_go(TRAIN)
        app.call_later(lambda: app.screen.post_message(wish))

    def _show_run(self) -> None:
        watch = self.ttgpt.run_watch
        if watch is not None:
            self.query_one(TopLine).show_run(watch.info.name, watch.state)
