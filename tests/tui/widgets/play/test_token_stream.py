from textual.app import App, ComposeResult
from textual.pilot import Pilot

from ttgpt.tui.play.written import Piece
from ttgpt.tui.widgets.play.token_stream import TokenStream

LINES = "".join(f"line {number}\n" for number in range(30))


class Stream(App[None]):
    CSS = "TokenStream { width: 20; height: 6; }"

    def __init__(self, *, period: float = 0.0) -> None:
        super().__init__()
        self.stream = TokenStream(period=period)

        self.written = ""

    def compose(self) -> ComposeResult:
        yield self.stream

    def add(self, text: str) -> None:
        self.written += text
        self.stream.add([Piece(0, text, 0.1)])


def shown(app: Stream) -> list[str]:
    rows = range(app.stream.size.height)
    return [app.stream.render_line(row).text.rstrip() for row in rows]


def styles(app: Stream, row: int) -> list[tuple[str, bool, bool]]:
    """Give a row's pieces with whether they are dim and reversed."""
    return [
        (segment.text, bool(segment.style and segment.style.dim), _is_reverse(segment))
        for segment in app.stream.render_line(row)
        if segment.text.strip() or _is_reverse(segment)
    ]


def _is_reverse(segment: object) -> bool:
    style = getattr(segment, "style", None)
    return bool(style and style.reverse)


async def settled(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.pause()


async def test_the_prompt_is_dim_and_a_cursor_stands_at_the_end_while_text_comes() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("ROMEO:")
        app.add(" what")
        await settled(pilot)
        assert styles(app, 0) == [
            ("ROMEO:", True, False),
            (" what", False, False),
            (" ", False, True),
        ]
        app.stream.end()
        assert styles(app, 0)[-1] == (" what", False, False)
        assert app.written == " what"


async def test_a_new_text_replaces_the_old_one() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("A")
        app.add(LINES)
        await settled(pilot)
        app.stream.begin("B")
        await settled(pilot)
        assert (shown(app)[0], app.stream.prompt) == ("B", "B")
        assert app.stream.max_scroll_y == 0


async def test_it_follows_the_end() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("")
        app.add(LINES)
        await settled(pilot)
        assert shown(app) == [*(f"line {n}" for n in range(25, 30)), ""]
        app.add("more")
        await settled(pilot)
        assert shown(app)[-1] == "more"


async def test_the_end_stays_in_view_when_the_first_row_too_many_is_the_last() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("1\n2\n3\n4\n5\n6\n7")
        app.stream.end()
        await settled(pilot)
        assert shown(app) == ["2", "3", "4", "5", "6", "7"]


async def test_a_person_who_scrolled_up_is_left_there_until_they_go_to_the_end() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("")
        app.add(LINES)
        await settled(pilot)
        app.stream.focus()
        await pilot.press("g")
        app.add(LINES)
        await settled(pilot)
        assert shown(app)[0] == "line 0"
        await pilot.press("G")
        app.add("the end")
        await settled(pilot)
        assert shown(app)[-1] == "the end"


async def test_another_width_breaks_the_rows_anew() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("to be or not to be that is")
        await settled(pilot)
        assert shown(app)[:2] == ["to be or not to be", "that is"]
        app.stream.styles.width = 12
        await settled(pilot)
        assert shown(app)[:4] == ["to be or", "not to be", "that is", ""]


async def test_a_mark_is_seen_and_is_no_part_of_the_text() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("a")
        app.add("b")
        app.stream.mark()
        app.add("c")
        await settled(pilot)
        assert shown(app)[0] == "ab┊c"
        assert app.written == "bc"


async def test_a_text_that_is_drawn_anew_keeps_its_marks() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("a", [Piece(0, letter, 0.1) for letter in "bcd"], [0, 2, 2, 3])
        await settled(pilot)
        assert shown(app)[0] == "a┊bc┊┊d┊"


async def test_text_of_a_model_steers_nothing() -> None:
    app = Stream()
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("")
        app.add("[bold]\x1b[2J\u202e")
        await settled(pilot)
        assert shown(app)[0] == "[bold]␛[2J\ufffd"
        assert app.written == "[bold]\x1b[2J\u202e"


async def test_fast_text_is_painted_at_the_pace_of_the_screen() -> None:
    app = Stream(period=3600.0)
    async with app.run_test(size=(30, 10)) as pilot:
        app.stream.begin("ROMEO:")
        for _ in range(12):
            app.add("x")
        await settled(pilot)
        # The first comes at once; the next painting is an hour away.
        assert shown(app)[0] == "ROMEO:x"
        app.stream.end()
        assert shown(app)[0] == "ROMEO:" + "x" * 12


async def test_each_text_begins_at_once() -> None:
    app = Stream(period=3600.0)
    async with app.run_test(size=(30, 10)) as pilot:
        for prompt in ("R:", "J:"):
            app.stream.begin(prompt)
            app.add(" W")
            await settled(pilot)
            assert (shown(app)[0], app.stream.is_painted) == (f"{prompt} W", True)
            app.add("hat")
            await settled(pilot)
            assert (shown(app)[0], app.stream.is_painted) == (f"{prompt} W", False)
