import pytest
from textual.app import App, ComposeResult

from ttgpt.tui.play.changes import Change
from ttgpt.tui.widgets.play.changes_list import ChangesList

CHANGES = (
    Change(57, "temperature", "0.80", "1.20"),
    Change(1120, "top-k", "40", "off"),
    Change(1300, "top-p", "1.00", "0.90"),
)


class Listed(App[None]):
    def __init__(self, width: int, height: int, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.list = ChangesList(ascii_only=ascii_only)
        self.list.styles.width = width
        self.list.styles.height = height

    def compose(self) -> ComposeResult:
        yield self.list


@pytest.mark.parametrize(
    ("width", "height", "lines"),
    [
        (
            38,
            6,
            [
                "changed at token",
                "    57 temperature 0.80→1.20",
                " 1,120 top-k       40→off",
                " 1,300 top-p       1.00→0.90",
            ],
        ),
        (24, 3, ["changed at token", " 1,120 top-k 40→off", " 1,300 top-p 1.00→0.90"]),
        (38, 1, [""]),
    ],
)
async def test_the_newest_changes_are_shown(width: int, height: int, lines: list[str]) -> None:
    app = Listed(width, height)
    async with app.run_test(size=(80, 24)):
        app.list.changes = CHANGES
        assert app.list.render().plain.split("\n") == lines
        assert all(len(line) <= width for line in lines)


async def test_without_changes_nothing_is_shown() -> None:
    app = Listed(38, 6)
    async with app.run_test(size=(80, 24)):
        assert app.list.render().plain == ""


async def test_ascii_is_ascii() -> None:
    app = Listed(38, 6, ascii_only=True)
    async with app.run_test(size=(80, 24)):
        app.list.changes = CHANGES
        assert app.list.render().plain.isascii()
