import pytest
from textual.app import App, ComposeResult

from ttgpt.engine.commands import Chunk
from ttgpt.engine.errors import TtgptError
from ttgpt.tui.play.progress import PlayProgress
from ttgpt.tui.widgets.play.play_line import PlayLine


class Line(App[None]):
    def __init__(self, width: int = 37) -> None:
        super().__init__()
        self.line = PlayLine()
        self.line.styles.width = width

    def compose(self) -> ComposeResult:
        yield self.line

    @property
    def shown(self) -> str:
        return str(self.line.render())


def progress(first_ms: float) -> PlayProgress:
    """214 of 300 tokens, 212 a second after the first two."""
    measured = PlayProgress(asked=100.0, wanted=300)
    measured.came(Chunk(1, 0, "", 2), now=100.0 + first_ms / 1000)
    measured.came(Chunk(1, 0, "", 214), now=101.0 + first_ms / 1000)
    return measured


@pytest.mark.parametrize(
    ("width", "first_ms", "shown"),
    [
        (37, 41.0, "214/300  212 tokens/s    first 41 ms"),
        (37, 1234.0, "214/300  212 tokens/s    first 1.2 s"),
        (34, 41.0, "214/300  212 tokens/s"),
        (10, 41.0, "214/300"),
    ],
)
async def test_what_does_not_fit_is_left_out_from_the_end(
    width: int, first_ms: float, shown: str
) -> None:
    app = Line(width)
    async with app.run_test(size=(60, 10)):
        app.line.show_progress(progress(first_ms))
        assert app.shown == shown


async def test_a_figure_that_nobody_measured_is_not_shown() -> None:
    app = Line()
    async with app.run_test(size=(60, 10)):
        app.line.show_progress(PlayProgress(asked=0.0, wanted=300))
        assert app.shown == "  0/300  \N{EN DASH} tokens/s"


async def test_a_stopped_text_says_so_and_its_rate_does_not_jump() -> None:
    app = Line()
    async with app.run_test(size=(60, 10)):
        app.line.show_result({"tokens_per_s": 98.4, "reason": "cancelled"}, progress(41.0))
        assert app.shown == "214/300  stopped  212 tokens/s"


async def test_a_text_too_fast_to_be_measured_has_the_workers_own_rate() -> None:
    app = Line()
    at_once = PlayProgress(asked=100.0, wanted=300)
    at_once.came(Chunk(1, 0, "", 300), now=100.041)
    async with app.run_test(size=(60, 10)):
        app.line.show_result({"tokens_per_s": 9800.4}, at_once)
        assert app.shown == "300/300  9,800 tokens/s  first 41 ms"


async def test_waiting_is_counted_from_a_second_on() -> None:
    app = Line()
    async with app.run_test(size=(60, 10)):
        app.line.waits("reaching a worker", 0.9)
        assert app.shown == "reaching a worker"
        app.line.waits("reaching a worker", 9.7)
        assert app.shown == "reaching a worker, 9 s"


async def test_an_error_cannot_steer_the_terminal() -> None:
    app = Line()
    async with app.run_test(size=(60, 10)):
        app.line.show_error(TtgptError("It [b]broke.", "\x1b[2J", "Try again."))
        assert app.shown == "It [b]broke.\n␛[2J Try again."
