from textual.app import App, ComposeResult
from textual.widgets import Input

from ttgpt.tui.widgets.switches import Switch, Switches

SWITCHES = [
    Switch("ends", ("line ends", "line ends"), "Makes line ends alike."),
    Switch("blanks", ("blanks", "blanks"), "Joins blank lines."),
    Switch("unicode", ("Unicode", "NFC", "NFKC"), "Writes letters in one way."),
]


class Switching(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.reached: list[str] = []
        self.changes = 0

    def compose(self) -> ComposeResult:
        yield Input()
        yield Switches(SWITCHES)
        yield Input()

    def on_switches_changed(self) -> None:
        self.changes += 1

    def on_switches_reached(self, message: Switches.Reached) -> None:
        self.reached.append(message.switch.key)


def rows(app: App[None]) -> list[str]:
    switches = app.query_one(Switches)
    return [switches.render_line(y).text.rstrip() for y in range(switches.size.height)]


async def test_the_blank_turns_what_the_arrows_reached() -> None:
    app = Switching()
    async with app.run_test(size=(40, 10)) as pilot:
        switches = app.query_one(Switches)
        switches.focus()
        await pilot.press("right", "space", "left", "down", "space", "space")
        await pilot.pause()
        assert switches.positions == {"ends": 0, "blanks": 1, "unicode": 2}
        assert app.changes == 3
        assert app.reached == ["ends", "blanks", "ends", "unicode"]
        switches.show_figures({"ends": "11k", "unicode": "5"})
        assert rows(app) == ["[ ] line ends  11k [x] blanks", "[x] NFKC         5"]
        await pilot.press("space")
        assert switches.positions["unicode"] == 0


async def test_up_and_down_lead_out() -> None:
    app = Switching()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one(Switches).focus()
        await pilot.press("up")
        assert app.focused is app.query(Input).first()
        app.query_one(Switches).focus()
        await pilot.press("down", "down")
        assert app.focused is app.query(Input).last()


async def test_a_click_turns() -> None:
    app = Switching()
    async with app.run_test(size=(20, 10)) as pilot:
        await pilot.click(Switches, offset=(2, 1))
        assert app.query_one(Switches).positions["blanks"] == 1
        await pilot.click(Switches, offset=(2, 2))
        assert rows(app)[2] == "[x] NFC"
