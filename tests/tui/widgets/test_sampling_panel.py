from textual.app import App, ComposeResult

from ttgpt.engine.commands import Generate
from ttgpt.tui.sampling import Sampling
from ttgpt.tui.widgets.number_field import NumberField
from ttgpt.tui.widgets.sampling_panel import ANY_SEED, SamplingPanel


class Panel(App[None]):
    CSS = "SamplingPanel { width: 38; }"

    def __init__(self) -> None:
        super().__init__()
        self.panel = SamplingPanel()
        self.told: list[Sampling] = []

    def compose(self) -> ComposeResult:
        yield self.panel

    def on_sampling_panel_changed(self, message: SamplingPanel.Changed) -> None:
        self.told.append(message.sampling)


async def test_it_begins_with_what_a_request_has_by_itself() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)):
        assert app.panel.sampling == Sampling.of(Generate())
        assert (app.panel.seed, app.panel.length) == (Generate.seed, Generate.max_new_tokens)


async def test_the_lines_of_the_sliders_stand_below_each_other() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)):
        lines = [field.render().plain for field in app.query(NumberField)]
        assert lines == [
            "temperature ├───────●──────────┤ 0.80",
            "top-k       ├──────────────●───┤ 40",
            "top-p       ├─────────────────●┤ 1.00",
            "seed any",
            "length 300",
        ]


async def test_moved_sliders_are_told_all_together_and_seed_and_length_are_not() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("right", "tab", *"5", "enter", "tab", "left")
        await pilot.press("tab", *"7", "enter", "tab", *"90", "enter")
        assert app.told == [Sampling(0.85), Sampling(0.85, 5), Sampling(0.85, 5, 0.95)]
        assert (app.panel.seed, app.panel.length) == (7, 90)


async def test_values_have_the_types_that_a_request_has() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("tab", "end")
        assert (app.panel.sampling.top_k, type(app.panel.sampling.top_k)) == (0, int)


async def test_top_k_reaches_as_far_as_there_are_tokens() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        app.panel.set_vocabulary_size(50_257)
        await pilot.press("tab", *"50000", "enter")
        assert app.panel.sampling.top_k == 50_000
        app.panel.set_vocabulary_size(65)
        assert app.panel.sampling.top_k == 100


async def test_a_drawn_seed_is_kept_and_can_be_given_up_again() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        app.panel.draw_seed()
        first = app.panel.seed
        app.panel.draw_seed()
        assert first >= 0
        assert app.panel.seed >= 0
        assert app.panel.seed != first
        await pilot.press("tab", "tab", "tab", "delete")
        assert app.panel.seed == ANY_SEED
