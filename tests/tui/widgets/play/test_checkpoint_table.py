import dataclasses
import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from ttgpt.tui.format import NOTHING
from ttgpt.tui.play.choices import LIVE, Choice
from ttgpt.tui.widgets.play.checkpoint_table import CheckpointTable

RUN = Path("runs/2026-11-21-071233-stage2")
OLD = Path("runs/2026-11-20-071233-stage1")


def saved(step: int, *marks: str, val: float = 1.861, run: Path = RUN) -> Choice:
    return Choice(run, run.name[18:], step, marks, val, str(run / f"{step:06d}"))


LIVE_WEIGHTS = Choice(RUN, "stage2", None, (LIVE,), math.nan, "")
CHOICES = [
    LIVE_WEIGHTS,
    saved(1750, "best", "last"),
    saved(1500, val=1.9),
    saved(1000, "best", "final", val=2.312, run=OLD),
]


class Table(App[None]):
    CSS = "CheckpointTable { width: 38; height: 6; }"

    def __init__(self) -> None:
        super().__init__()
        self.table = CheckpointTable()
        self.chosen: list[Choice | None] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_checkpoint_table_chosen(self, message: CheckpointTable.Chosen) -> None:
        self.chosen.append(message.choice)


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[None]]:
    async with Table().run_test(size=(60, 12)) as pilot:
        app_of(pilot).table.show(CHOICES)
        await pilot.pause()
        yield pilot


def app_of(pilot: Pilot[None]) -> Table:
    assert isinstance(pilot.app, Table)
    return pilot.app


def shown(pilot: Pilot[None]) -> list[str]:
    table = app_of(pilot).table
    return [table.render_line(row).text.rstrip() for row in range(table.size.height)]


async def test_it_draws_columns_and_a_pointer(pilot: Pilot[None]) -> None:
    assert shown(pilot) == [
        "checkpoints   step              val",
        f"▸ stage2         {NOTHING} live           {NOTHING}",
        "  stage2     1,750 best last  1.861",
        "  stage2     1,500            1.900",
        "  stage1     1,000 best final 2.312",
        "",
    ]


async def test_nothing_to_choose_from_is_said_in_words() -> None:
    async with Table().run_test(size=(60, 12)) as pilot:
        assert app_of(pilot).table.chosen is None
        assert shown(pilot)[1].strip() == "reading …"
        app_of(pilot).table.show([])
        assert shown(pilot)[1].strip() == "none yet"
        await pilot.press("down", "end")
        assert app_of(pilot).chosen == []


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["down"], 1),
        (["down", "up", "up"], 0),
        (["end"], 3),
        (["G", "down"], 3),
        (["end", "home"], 0),
        (["end", "g"], 0),
        (["pagedown"], 3),
        (["end", "pageup"], 0),
    ],
)
async def test_keys_move_the_pointer(pilot: Pilot[None], keys: list[str], row: int) -> None:
    await pilot.press(*keys)
    assert app_of(pilot).table.chosen is CHOICES[row]
    assert app_of(pilot).chosen[-1] is CHOICES[row]
    assert shown(pilot)[row + 1].startswith("▸ ")


async def test_a_click_chooses(pilot: Pilot[None]) -> None:
    await pilot.click(CheckpointTable, offset=(5, 2))
    assert app_of(pilot).table.chosen is CHOICES[1]
    await pilot.click(CheckpointTable, offset=(5, 0))
    assert app_of(pilot).table.chosen is CHOICES[1]


async def test_the_pointer_stays_on_its_checkpoint_when_the_list_changes(
    pilot: Pilot[None],
) -> None:
    await pilot.press("down")
    app_of(pilot).chosen.clear()
    newer = saved(2000, "last")
    app_of(pilot).table.show([LIVE_WEIGHTS, newer, *CHOICES[1:]])
    await pilot.pause()
    assert app_of(pilot).table.chosen is CHOICES[1]
    assert app_of(pilot).chosen == []


async def test_when_its_checkpoint_is_gone_it_goes_to_the_newest_of_the_run(
    pilot: Pilot[None],
) -> None:
    app_of(pilot).table.show([saved(5, run=OLD), *CHOICES[1:3]])
    await pilot.pause()
    assert app_of(pilot).chosen[-1] is CHOICES[1]
    app_of(pilot).table.show([saved(5, run=OLD)])
    await pilot.pause()
    assert shown(pilot)[1].startswith("▸ stage1")
    app_of(pilot).table.show([])
    await pilot.pause()
    assert app_of(pilot).chosen[-1] is None


async def test_a_choice_whose_marks_changed_is_told_again(pilot: Pilot[None]) -> None:
    await pilot.press("down")
    app_of(pilot).chosen.clear()
    changed = dataclasses.replace(CHOICES[1], marks=())
    app_of(pilot).table.show([LIVE_WEIGHTS, changed])
    await pilot.pause()
    assert app_of(pilot).chosen == [changed]


async def test_live_weights_show_how_far_they_are(pilot: Pilot[None]) -> None:
    app_of(pilot).table.show_live(RUN, 1840, 1.861)
    app_of(pilot).table.show_live(OLD, 7, 7.0)
    assert shown(pilot)[1] == "▸ stage2     1,840 live       1.861"
    assert shown(pilot)[4] == "  stage1     1,000 best final 2.312"


async def test_the_heading_stays_and_the_pointer_is_in_view_in_a_long_list(
    pilot: Pilot[None],
) -> None:
    many = [saved(step) for step in range(100, 0, -1)]
    app_of(pilot).table.show(many)
    for keys, last in (("end", 1), ("home", 100), ("pagedown", 96)):
        await pilot.press(keys)
        await pilot.pause()
        lines = shown(pilot)
        assert lines[0].startswith("checkpoints")
        assert [line for line in lines if line.startswith("▸")] == [
            line for line in lines if f" {last} " in line
        ]


async def test_the_same_marks_when_there_is_little_room(pilot: Pilot[None]) -> None:
    run = Path("runs/2026-11-21-071233-shakespeare-stage2")
    app_of(pilot).table.styles.width = 33
    app_of(pilot).table.show([saved(1750, "best", "milestone", run=run), *CHOICES])
    await pilot.pause()
    assert shown(pilot)[0] == "checkpoints                   val"
    assert shown(pilot)[1] == "  …stage2  1,750 best       1.861"
    assert all(len(line) <= 33 for line in shown(pilot))


async def test_a_damaged_checkpoint_says_so_in_a_word(pilot: Pilot[None]) -> None:
    broken = dataclasses.replace(
        saved(3), marks=("incomplete",), state="incomplete", val_loss=math.nan
    )
    app_of(pilot).table.show([broken])
    assert shown(pilot)[1] == f"▸ stage2         3 incomplete     {NOTHING}"


async def test_names_cannot_break_the_line(pilot: Pilot[None]) -> None:
    app_of(pilot).table.show([dataclasses.replace(saved(3), run_name="日本\x1b[2J\n語" * 9)])
    line = shown(pilot)[1]
    assert "\x1b" not in line
    assert line.endswith("1.861")
