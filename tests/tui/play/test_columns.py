import dataclasses
import math
from pathlib import Path

from ttgpt.engine.commands import Generate
from ttgpt.tui.play.choices import LIVE, UNTRAINED, Choice
from ttgpt.tui.play.columns import MOST, Column, by_now, first_columns, stages
from ttgpt.tui.play.grid import TEMPERATURES, TOP_KS, Grid
from ttgpt.tui.play.session import PlaySession
from ttgpt.tui.sampling import Sampling

HOME = Path("runs")
BASE = Generate("ROMEO:\n", "other", seed=1, max_new_tokens=300, num_samples=4, ids=(1, 2))


def choice(run: str, step: int, *marks: str, val: float = 2.0) -> Choice:
    return Choice(HOME / run, run, step, marks, val, f"{run}/{step}")


def untrained(run: str) -> Choice:
    return Choice(HOME / run, run, 0, (UNTRAINED,), math.nan, f"{run}/9", untrained=True)


LIVE_WEIGHTS = Choice(HOME / "c", "c", None, (LIVE,), math.nan, "")


def test_a_column_asks_for_the_same_but_for_who_writes_and_how() -> None:
    column = Column(untrained("a"), Sampling(0.3, 5, 0.9, 1.2))
    assert column.command(BASE, 42) == Generate(
        "ROMEO:\n", "a/9", 0.3, 5, 0.9, 42, 300, repetition_penalty=1.2, untrained=True
    )


def test_a_column_says_who_writes_with_which_values() -> None:
    column = Column(choice("a", 1750, val=1.861), Sampling(0.8, 0, 0.95))
    assert (column.title, column.values) == ("a 1,750 1.861", "T 0.80 k off p 0.95")
    assert Column(untrained("a"), Sampling()).title == "a untrained"
    assert Column(LIVE_WEIGHTS, Sampling()).title == "c –"  # noqa: RUF001


def test_the_stages_are_the_best_of_each_run() -> None:
    runs = [choice(str(n), 1) for n in range(MOST + 2)]
    assert stages(runs) == runs[:MOST]
    best = choice("a", 500, "best")
    found = stages([LIVE_WEIGHTS, choice("a", 900, "last"), best, untrained("a"), choice("b", 7)])
    assert found == [best, choice("b", 7)]


def test_what_is_gone_gives_way_to_what_its_run_has_in_its_place() -> None:
    newest, best = choice("a", 900, "last"), choice("a", 700, "best")
    fresh = untrained("a")
    there = [LIVE_WEIGHTS, choice("b", 100, "best"), newest, best, fresh]
    for same in there:
        assert by_now(same, there) is same
    assert by_now(choice("a", 500, "best"), there) is best
    assert by_now(choice("a", 500, "last"), there) is newest
    ended = Choice(HOME / "a", "a", None, (LIVE,), math.nan, "")
    assert by_now(ended, there) is newest
    assert by_now(dataclasses.replace(fresh, checkpoint="a/500"), there) is fresh
    gone = choice("gone", 5)
    assert by_now(gone, there) is gone


def test_beside_the_chosen_one_stands_what_is_most_telling() -> None:
    chosen, sampling = choice("a", 9, "best"), Sampling()

    def second(*choices: Choice) -> Column:
        first, other = first_columns([chosen, *choices], chosen, sampling)
        assert first == Column(chosen, sampling)
        return other

    assert second(untrained("a"), choice("b", 3)).choice == choice("b", 3)
    assert second(untrained("a")).choice == untrained("a")
    assert second() == Column(chosen, dataclasses.replace(sampling, temperature=0))


def test_a_grid_is_every_temperature_with_every_top_k_at_one_seed(home: Path) -> None:
    grid = Grid(PlaySession(home), Column(choice("a", 9), Sampling(top_p=0.9)), BASE, 7)
    wanted = list(grid.wanted())
    assert len(wanted) == len(TEMPERATURES) * len(TOP_KS)
    assert {(c.seed, c.top_p, c.num_samples, c.max_new_tokens) for _, c in wanted} == {
        (7, 0.9, 1, 120)
    }
    drawn = {(command.temperature, command.top_k) for _, command in wanted}
    assert drawn == {(t, k) for t in TEMPERATURES for k in TOP_KS}
    grid.found = [(wanted[0][0], "a"), (wanted[-1][0], "b")]
    assert grid.text == (
        "--- temperature 0.30, top-k 1, top-p 0.90 ---\nROMEO:\na\n\n"
        "--- temperature 1.30, top-k off, top-p 0.90 ---\nROMEO:\nb"
    )
