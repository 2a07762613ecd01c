from collections.abc import AsyncIterator

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from ttgpt.tui.widgets.number_field import NumberField
from ttgpt.tui.widgets.scale import CountOrOff, Linear
from ttgpt.tui.widgets.slider import Slider

TEMPERATURE = Linear(0, 2, 0.05, 0.25)


class Sliders(App[None]):
    CSS = "Slider { width: 40; }"
    BINDINGS = [("3", "digit", ""), ("n", "letter", ""), ("enter", "begin", "")]

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float] = []
        self.pressed: list[str] = []

    def compose(self) -> ComposeResult:
        yield Slider("temperature", TEMPERATURE, 0.8, short="temp", value_width=5)
        yield Slider("top-k", CountOrOff(65), 40, label_width=11)
        yield NumberField("seed", Linear(-1, 2**53, 1, 10, decimals=0), -1)

    def on_number_field_changed(self, message: Slider.Changed) -> None:
        self.told.append(message.value)

    def action_digit(self) -> None:
        self.pressed.append("3")

    def action_letter(self) -> None:
        self.pressed.append("n")

    def action_begin(self) -> None:
        self.pressed.append("enter")


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[None]]:
    async with Sliders().run_test(size=(60, 10)) as pilot:
        yield pilot


def slider(pilot: Pilot[None], index: int = 0) -> Slider:
    return list(pilot.app.query(Slider))[index]


def told(pilot: Pilot[None]) -> list[float]:
    assert isinstance(pilot.app, Sliders)
    return pilot.app.told


def pressed(pilot: Pilot[None]) -> list[str]:
    assert isinstance(pilot.app, Sliders)
    return pilot.app.pressed


async def test_it_draws_label_track_knob_and_value(pilot: Pilot[None]) -> None:
    assert slider(pilot).render().plain == "temperature ├────────●───────────┤ 0.80"
    await pilot.press("right", "right", "right", "right")
    assert slider(pilot).render().plain == "temperature ├────────┼─●─────────┤ 1.00"


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["right"], 0.85),
        (["left", "left"], 0.7),
        (["pageup"], 1.05),
        (["pagedown"], 0.55),
        (["shift+right"], 1.05),
        (["home"], 0.0),
        (["home", "left"], 0.0),
        (["end"], 2.0),
        (["end", "right"], 2.0),
        (["end", "delete"], 0.8),
        ([*"1.3", "enter"], 1.3),
        ([*"0,37", "enter"], 0.37),
        ([*"37", "enter"], 0.8),
        ([*"37", "tab"], 0.8),
        ([*"-1", "enter"], 0.8),
        ([*"1e0", "enter"], 1.0),
        ([*"1..5", "enter", "backspace", "backspace", "backspace", "enter"], 1.0),
        ([*"1.39", "backspace", "enter"], 1.3),
        ([*"1.3", "escape"], 0.8),
        ([*".", "enter"], 0.8),
        ([*"1.3", "tab"], 1.3),
    ],
)
async def test_keys_set_the_value(pilot: Pilot[None], keys: list[str], value: float) -> None:
    await pilot.press(*keys)
    assert slider(pilot).value == value
    assert told(pilot)[-1:] == ([value] if value != 0.8 or keys[0] == "end" else [])


async def test_only_another_value_is_told(pilot: Pilot[None]) -> None:
    await pilot.press("end", "end", "right", *"2.00", "enter")
    assert told(pilot) == [2.0]


async def test_what_is_typed_is_shown_before_it_is_set(pilot: Pilot[None]) -> None:
    await pilot.press(*"1.2")
    assert slider(pilot).render().plain.endswith("┤ 1.2 ")
    await pilot.press(*"34567")
    assert slider(pilot).render().plain.endswith("4567 ")
    assert told(pilot) == []


async def test_a_digit_is_typed_here_and_a_letter_is_a_key_of_the_app(pilot: Pilot[None]) -> None:
    await pilot.press("3", "n")
    assert pressed(pilot) == ["n"]
    assert "3" not in pilot.app.screen.active_bindings


async def test_enter_belongs_to_the_parent_unless_something_is_typed(pilot: Pilot[None]) -> None:
    await pilot.press("enter")
    assert pressed(pilot) == ["enter"]
    await pilot.press("1", "enter")
    assert pressed(pilot) == ["enter"]
    assert slider(pilot).value == 1.0


async def test_the_keys_that_are_offered_follow_what_is_typed(pilot: Pilot[None]) -> None:
    def offered() -> set[str]:
        found = pilot.app.screen.active_bindings.values()
        return {a.binding.action for a in found if isinstance(a.node, Slider)}

    assert "set_typed" not in offered()
    assert "go_default" not in offered()
    await pilot.press("right", "1")
    assert {"set_typed", "drop_typed", "go_default"} <= offered()


async def test_arrows_up_and_down_go_from_one_to_the_next(pilot: Pilot[None]) -> None:
    await pilot.press("down")
    assert pilot.app.focused is slider(pilot, 1)
    await pilot.press("up")
    assert pilot.app.focused is slider(pilot, 0)


async def test_the_mouse_clicks_and_drags(pilot: Pilot[None]) -> None:
    # The track's inner cells are columns 13 to 32.
    await pilot.click(Slider, offset=(32, 0))
    assert slider(pilot).value == 2.0
    await pilot.mouse_down(Slider, offset=(32, 0))
    await pilot.hover(Slider, offset=(22, 0))
    assert slider(pilot).value == 0.95
    await pilot.hover(Slider, offset=(2, 0))
    assert slider(pilot).value == 0.0
    await pilot.mouse_up(Slider, offset=(2, 0))
    await pilot.hover(Slider, offset=(22, 0))
    assert slider(pilot).value == 0.0


async def test_a_click_on_the_label_changes_nothing(pilot: Pilot[None]) -> None:
    await pilot.click(Slider, offset=(3, 0))
    assert (slider(pilot).value, told(pilot)) == (0.8, [])


async def test_it_fits_from_20_to_60_cells(pilot: Pilot[None]) -> None:
    one = slider(pilot)
    for width in range(20, 61):
        one.styles.width = width
        await pilot.pause()
        for value in (0.0, 0.8, 1.95, 2.0):
            one.value = value
            line = one.render().plain
            assert len(line) <= width
            assert line.endswith(f"┤ {value:.2f}")
            assert line.count("●") == 1
            assert line.startswith("temperature " if width >= 25 else "temp ")


async def test_other_ends_move_a_value_that_is_outside(pilot: Pilot[None]) -> None:
    slider(pilot, 1).set_scale(CountOrOff(10))
    assert slider(pilot, 1).value == 10
    await pilot.pause()
    assert told(pilot) == [10]


async def test_a_negative_number_can_be_typed_where_there_are_any(pilot: Pilot[None]) -> None:
    field = list(pilot.app.query(NumberField))[2]
    field.focus()
    await pilot.press("7", "enter")
    assert field.value == 7
    await pilot.press("minus", "1", "enter")
    assert field.value == -1
    assert field.render().plain == "seed -1"
