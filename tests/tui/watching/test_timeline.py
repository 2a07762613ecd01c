"""Where one looks in a run's samples, and what stays when there are many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.events import Sample
from ttgpt.tui.watching.timeline import Place, moments


def sample(step: int, prompt: str = "A:\n", text: str = "x") -> Sample:
    return Sample(step, prompt, text, 0.8, 40, 1.0, 1, 200.0)


TWO = [sample(step, prompt) for step in (0, 250, 500) for prompt in ("A:\n", "B:\n")]


def test_samples_of_a_step_belong_together() -> None:
    found = moments(TWO)
    assert [moment.step for moment in found] == [0, 250, 500]
    assert [one.prompt for one in found[1].samples] == ["A:\n", "B:\n"]


def test_of_two_at_one_step_the_newer_counts() -> None:
    found = moments([*TWO, sample(500, "B:\n", "asked for")])
    assert [one.text for one in found[-1].samples] == ["x", "asked for"]


def test_the_newest_is_followed_until_one_looks_back() -> None:
    place, found = Place(), moments(TWO)
    assert place.at(found) == 2
    place.move(found, -1)
    more = moments([*TWO, sample(750)])
    assert place.at(more) == 1
    place.move(more, 1)
    place.move(more, 1)
    assert place.follows
    assert place.at(moments([*TWO, sample(750), sample(1000)])) == 4


def test_a_step_stays_beside_the_one_that_is_looked_at() -> None:
    place, found = Place(), moments(TWO)
    place.toggle_pin(found)  # of the newest there is no later one: it is compared with the first
    assert (place.pin(found), place.at(found)) == (found[0], 2)
    place.move(found, -1)
    assert (place.pin(found), place.at(found)) == (found[0], 1)
    place.toggle_pin(found)
    assert place.pin(found) is None
    place.toggle_pin(found)
    assert (place.pin(found), place.at(found)) == (found[1], 2)


def test_prompts_go_round() -> None:
    place, found = Place(), moments(TWO)
    for wanted in (1, 0, 1):
        place.next_prompt(found, 1)
        assert place.prompt == wanted
    assert moments([sample(0)])[0].of_prompt(place.prompt).prompt == "A:\n"


@given(st.lists(st.integers(0, 40), max_size=60), st.lists(st.sampled_from((-1, 1)), max_size=12))
def test_every_walk_stays_inside(steps: list[int], walk: list[int]) -> None:
    place, found = Place(), moments([sample(step) for step in steps])
    place.toggle_pin(found)
    for direction in walk:
        place.move(found, direction)
        place.next_prompt(found, direction)
        if found:
            assert 0 <= place.at(found) < len(found)
            assert place.pin(found) in found
