"""That only what differs is repainted: the app's promise to slow links."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen

from ttgpt.tui.widgets.lines import Lines


class Counter(Lines):
    DEFAULT_CSS = "Counter { height: 3; }"

    def __init__(self, lines: Sequence[Content]) -> None:
        super().__init__()
        self.lines = lines
        self.sent: list[Region] = []

    def draw(self, width: int, height: int) -> Sequence[Content]:
        return self.lines

    def refresh(self, *regions: Region, **options: bool) -> Counter:  # type: ignore[override]
        self.sent = list(regions)
        return super().refresh(*regions, **options)


class OneWidget(App[None]):
    def __init__(self, widget: Lines) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


def line(number: int) -> Content:
    return Content.assemble(("count ", "dim"), str(number), (" steps", "dim"))


async def test_only_what_changed_is_sent() -> None:
    widget = Counter([Content("first"), line(1), Content("third")])
    async with OneWidget(widget).run_test(size=(30, 5)) as pilot:
        await pilot.pause()
        widget.sent = []
        widget.redraw()
        assert widget.sent == []
        widget.lines = [Content("first"), line(2), Content("third")]
        widget.redraw()
        assert widget.sent == [Region(6, 1, 1, 1)]
        assert widget.render_line(1).text.rstrip() == "count 2 steps"


class Patient(Screen[None]):
    CATCHES_UP = True


class OnPatientScreen(OneWidget):
    def get_default_screen(self) -> Screen[None]:
        return Patient()


async def test_beneath_another_screen_nothing_is_sent_until_it_is_gone() -> None:
    widget = Counter([line(1)])
    async with OnPatientScreen(widget).run_test(size=(30, 5)) as pilot:
        await pilot.pause()
        pilot.app.push_screen(Screen())
        await pilot.pause()
        widget.sent, widget.lines = [], [line(2)]
        widget.redraw()
        assert widget.sent == []
        pilot.app.pop_screen()
        await pilot.pause()
        widget.catch_up()
        assert widget.sent == [Region(6, 0, 1, 1)]
        widget.sent = []
        widget.catch_up()
        assert widget.sent == []


async def test_a_change_of_style_alone_is_sent() -> None:
    widget = Counter([Content("word")])
    async with OneWidget(widget).run_test(size=(30, 5)) as pilot:
        await pilot.pause()
        widget.lines = [Content.styled("word", "bold")]
        widget.redraw()
        assert [region.y for region in widget.sent] == [0]


async def test_long_and_missing_lines_fit() -> None:
    widget = Counter([Content("x" * 99)])
    async with OneWidget(widget).run_test(size=(30, 5)) as pilot:
        await pilot.pause()
        assert widget.render_line(0).text == "x" * 30
        assert widget.render_line(1).text == " " * 30
        assert widget.render_line(7).text == " " * 30


async def test_the_height_can_follow_the_lines() -> None:
    widget = Counter([Content("a")])
    widget.styles.height = "auto"
    async with OneWidget(widget).run_test(size=(30, 9)) as pilot:
        await pilot.pause()
        assert widget.size.height == 1
        widget.lines = [Content("a"), Content("b"), Content("c")]
        widget.redraw()
        await pilot.pause()
        assert widget.size.height == 3


async def test_another_width_draws_anew() -> None:
    widget = Counter([Content("x" * 99)])
    async with OneWidget(widget).run_test(size=(30, 5)) as pilot:
        await pilot.resize_terminal(40, 5)
        assert widget.render_line(0).text == "x" * 40


class Growing(Counter):
    DEFAULT_CSS = "Growing { height: auto; }"


async def test_lines_that_grew_and_shrank_before_they_were_laid_out_are_not_shown() -> None:
    widget = Growing([Content("one"), Content("two")])
    async with OneWidget(widget).run_test(size=(30, 8)) as pilot:
        await pilot.pause()
        widget.lines = [Content("one"), Content("more"), Content("two")]
        widget.notify_style_update()
        widget.render_line(0)
        widget.lines = [Content("one"), Content("two")]
        widget.redraw()
        await pilot.pause()
        assert widget.render_line(1).text.rstrip() == "two"


async def test_a_line_that_stays_as_it_was_is_not_made_again() -> None:
    widget = Counter([Content("first"), line(1)])
    async with OneWidget(widget).run_test(size=(30, 5)) as pilot:
        await pilot.pause()
        first = widget.render_line(0)
        widget.lines = [Content("first"), line(2)]
        widget.redraw()
        assert widget.render_line(0) is first
        assert widget.render_line(1).text.rstrip() == "count 2 steps"
