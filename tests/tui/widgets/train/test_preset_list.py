from textual.app import App, ComposeResult

from ttgpt.engine.presets import Preset, load, names
from ttgpt.tui.widgets.train.preset_list import PresetList


class Choosing(App[str]):
    def __init__(self, presets: list[Preset]) -> None:
        super().__init__()
        self.presets = presets
        self.marked: list[str] = []

    def compose(self) -> ComposeResult:
        yield PresetList()

    def on_mount(self) -> None:
        self.query_one(PresetList).focus()
        self.query_one(PresetList).show(self.presets)

    def on_preset_list_highlighted(self, message: PresetList.Highlighted) -> None:
        self.marked.append(message.preset.name)

    def on_preset_list_chosen(self, message: PresetList.Chosen) -> None:
        self.exit(message.preset.name)


def all_presets() -> list[Preset]:
    return [load(name) for name in names()]


async def test_the_first_is_marked_and_enter_chooses() -> None:
    app = Choosing(all_presets())
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        assert app.query_one(PresetList).render_line(0).text.startswith("▸ Demo")
        await pilot.press("down", "enter")
    assert app.return_value == names()[1]
    assert app.marked[:2] == names()[:2]


async def test_it_scrolls_to_the_marked_line() -> None:
    app = Choosing(all_presets())
    async with app.run_test(size=(40, 4)) as pilot:
        await pilot.press("end")
        rows = [app.query_one(PresetList).render_line(y).text for y in range(4)]
        assert rows[3].startswith("▸ ")
        assert all_presets()[-1].title in rows[3]
        await pilot.press("home")
        assert app.query_one(PresetList).render_line(0).text.startswith("▸ Demo")


async def test_a_click_marks_and_another_chooses() -> None:
    app = Choosing(all_presets())
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        await pilot.click(PresetList, offset=(3, 2))
        assert app.marked[-1] == names()[2]
        await pilot.click(PresetList, offset=(3, 2))
    assert app.return_value == names()[2]


async def test_an_empty_list_stays_calm() -> None:
    app = Choosing([])
    async with app.run_test(size=(40, 4)) as pilot:
        await pilot.press("down", "up", "end", "enter")
        assert app.query_one(PresetList).render_line(0).text.strip() == ""
    assert app.return_value is None
