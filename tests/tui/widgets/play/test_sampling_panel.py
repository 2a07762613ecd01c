from textual.app import App, ComposeResult

from ttgpt.engine.commands import Generate
from ttgpt.tui.play.presets import SamplingPreset
from ttgpt.tui.sampling import Sampling
from ttgpt.tui.widgets.number_field import NumberField
from ttgpt.tui.widgets.play.preset_choice import PresetChoice
from ttgpt.tui.widgets.play.sampling_panel import ANY_SEED, SamplingPanel


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
            "penalty     ├●─────────────────┤ 1.00",
            "seed any",
            "length 300",
            "samples 1",
        ]


async def test_moved_sliders_are_told_all_together_and_seed_and_length_are_not() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("tab", "right", "tab", *"5", "enter", "tab", "left", "tab", "right")
        await pilot.press("tab", *"7", "enter", "tab", *"90", "enter", "tab", *"3", "enter")
        await pilot.press("tab", *"a\\n")
        assert app.told == [
            Sampling(0.85),
            Sampling(0.85, 5),
            Sampling(0.85, 5, 0.95),
            Sampling(0.85, 5, 0.95, 1.05),
        ]
        assert (app.panel.seed, app.panel.length) == (7, 90)
        assert (app.panel.samples, app.panel.stop) == (3, "a\n")


async def test_values_have_the_types_that_a_request_has() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("tab", "tab", "end")
        assert (app.panel.sampling.top_k, type(app.panel.sampling.top_k)) == (0, int)


async def test_top_k_reaches_as_far_as_there_are_tokens() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        app.panel.set_vocabulary_size(50_257)
        await pilot.press("tab", "tab", *"50000", "enter")
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
        await pilot.press(*["tab"] * 5, "delete")
        assert app.panel.seed == ANY_SEED


async def test_a_preset_sets_all_sliders_and_own_values_have_a_name() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)) as pilot:
        choice = app.query_one(PresetChoice)
        assert choice.name_shown == "balanced"
        await pilot.press("right")
        assert app.panel.sampling == Sampling(1.2, 0, 1.0)
        assert "wild" in choice.render().plain
        await pilot.press("left", "left", "left")
        assert (choice.name_shown, app.panel.sampling.temperature) == ("greedy", 0.0)
        app.panel.take(Sampling(0.55, 7, 0.9))
        await pilot.pause()
        assert choice.name_shown == "own values"
        app.panel.show_own([SamplingPreset("mine", Sampling(0.55, 7, 0.9))])
        assert choice.name_shown == "mine"
        app.panel.reset()
        await pilot.pause()
        assert choice.name_shown == "neutral"


async def test_it_takes_what_a_request_had() -> None:
    app = Panel()
    async with app.run_test(size=(60, 12)):
        had = Generate(
            temperature=0.5, top_k=3, top_p=0.9, seed=7, max_new_tokens=50, num_samples=2,
            repetition_penalty=1.5, stop="\n\n",
        )  # fmt: skip
        app.panel.take_command(had)
        assert app.panel.sampling == Sampling.of(had)
        assert (app.panel.seed, app.panel.length, app.panel.samples) == (7, 50, 2)
        assert app.panel.stop == "\n\n"
