import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ttgpt.tui.widgets.scale import CountOrOff, Linear, Scale

TEMPERATURE = Linear(0, 2, 0.05, 0.25)
SEED = Linear(-1, 2**53, 1, 10, decimals=0)
LENGTH = Linear(1, 100_000, 10, 100, decimals=0)
TOP_K = CountOrOff(65)

scales: st.SearchStrategy[Scale] = st.one_of(
    st.sampled_from([TEMPERATURE, SEED, LENGTH]),
    st.integers(1, 10**6).map(CountOrOff),
)
values = st.floats(-1e6, 1e6)


@given(scales, values)
def test_whatever_is_set_lies_on_the_scale(scale: Scale, value: float) -> None:
    kept = scale.clamp(value)
    assert scale.clamp(kept) == kept
    assert 0.0 <= scale.position(kept) <= 1.0


@given(scales, values)
@example(Linear(0, 2, 0.05, 0.25), -0.0)
def test_what_is_written_is_read_back(scale: Scale, value: float) -> None:
    kept = scale.clamp(value)
    written = scale.write(kept)
    if written != "off":
        assert scale.read(written) == kept
        assert set(written) <= set("0123456789.-")
    assert len(written) <= scale.width


@given(scales, values, st.integers(-50, 50))
def test_steps_go_the_way_they_say_and_stay_on_the_scale(
    scale: Scale, value: float, steps: int
) -> None:
    start = scale.clamp(value)
    for moved in (scale.moved(start, steps), scale.leapt(start, steps)):
        change = scale.position(moved) - scale.position(start)
        assert change * steps >= 0
        assert scale.clamp(moved) == moved


@given(st.sampled_from([TEMPERATURE, LENGTH]), st.floats(0, 1))
def test_a_place_gives_the_nearest_whole_step(scale: Linear, place: float) -> None:
    value = scale.at(place)
    half = scale.step / (scale.end - scale.start) / 2
    assert abs(scale.position(value) - place) <= half + 1e-9


@given(st.integers(1, 10**6).flatmap(lambda most: st.tuples(st.just(most), st.integers(0, most))))
def test_a_count_is_found_again_at_its_place(most_and_count: tuple[int, int]) -> None:
    most, count = most_and_count
    scale = CountOrOff(most)
    assert scale.at(scale.position(count)) == count


@given(scales)
def test_the_ends_are_the_ends(scale: Scale) -> None:
    assert scale.position(scale.low) == 0.0
    assert scale.position(scale.high) == 1.0
    assert scale.moved(scale.low, -1) == scale.low
    assert scale.moved(scale.high, 1) == scale.high


def test_steps_of_a_twentieth_do_not_drift() -> None:
    value = 0.0
    for _ in range(17):
        value = TEMPERATURE.moved(value, 1)
    assert value == 0.85
    assert TEMPERATURE.leapt(value, 1) == 1.1


def test_whole_numbers_stay_whole_however_large() -> None:
    assert SEED.read("9007199254740991") == 9007199254740991
    assert SEED.moved(9007199254740991, -1) == 9007199254740990
    assert SEED.read("9007199254740993") is None
    assert SEED.read("-1") == -1
    assert SEED.read("1.5") is None


@pytest.mark.parametrize("typed", ["", "-", ".", "1.2.3", "nan", "inf", "1e", "x"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert TEMPERATURE.read(typed) is None


def test_a_number_outside_the_ends_is_refused_and_the_ends_are_told() -> None:
    assert TEMPERATURE.read("2") == 2
    assert TEMPERATURE.read("2.01") is None
    assert TEMPERATURE.read("-5") is None
    assert TEMPERATURE.wanted == "a number from 0.00 to 2.00"
    assert TOP_K.wanted == "a whole number from 1 to 65, or 0, which is off"


def test_a_comma_is_a_point_too() -> None:
    assert TEMPERATURE.read("0,83") == 0.83


def test_top_k_is_off_above_all_counts() -> None:
    assert TOP_K.high == 0
    assert TOP_K.low == 1
    assert TOP_K.write(0) == "off"
    assert TOP_K.read("0") == 0
    assert TOP_K.read("65") == 65
    assert TOP_K.read("66") is None
    assert TOP_K.moved(65, 1) == 0
    assert TOP_K.moved(0, -1) == 65
    assert TOP_K.clamp(-4) == 0


def test_top_k_leaps_to_round_counts() -> None:
    up, value = [], 1.0
    for _ in range(7):
        value = TOP_K.leapt(value, 1)
        up.append(value)
    assert up == [2, 5, 10, 20, 50, 0, 0]
    assert TOP_K.leapt(0, -1) == 50
    assert TOP_K.leapt(40, -1) == 20
    assert TOP_K.leapt(40, -2) == 10


def test_small_counts_have_more_room_than_large_ones() -> None:
    wide = CountOrOff(50_000)
    assert wide.position(10) - wide.position(1) > wide.position(50_000) - wide.position(10_000)
    assert wide.at(wide.position(1000)) == 1000


def test_a_scale_of_one_count_has_two_places() -> None:
    assert [CountOrOff(1).at(place) for place in (0.0, 1.0)] == [1, 0]
