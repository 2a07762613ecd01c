import pytest
from written_run import opened, step

from ttgpt.engine import events
from ttgpt.tui.watching.facts import RunFacts
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.train.ending import Ending, ending

NONE_WHOLE = RunFacts(is_read=True)


def state_of(*items: events.Event) -> RunState:
    state = RunState()
    for seq, item in enumerate([opened(), step(1840), *items], start=1):
        state.apply(events.Envelope(seq, 1000.0, float(seq), item))
    return state


def whole(number: int) -> RunFacts:
    return RunFacts(newest_whole=number, is_read=True)


def test_a_live_run_has_no_end() -> None:
    assert ending(state_of(), whole(1500)) == []


def test_a_crash_says_what_is_kept_and_how_to_go_on() -> None:
    state = state_of()
    state.crashed("The worker is gone. Its last words:\nKilled")
    entries = dict(ending(state, whole(1500)))
    assert entries["why"].endswith("Killed")
    assert entries["kept"] == "checkpoint 1,500, whole: resume loses about 340 steps"
    assert entries["next"] == "r resumes from there, 4 plays with it, n trains something else"


def test_a_crash_just_after_a_checkpoint_does_not_say_that_nothing_is_lost() -> None:
    state = state_of()
    state.crashed("The worker is gone.")
    entries = dict(ending(state, whole(1840)))
    assert entries["kept"] == "checkpoint 1,840, whole: a few steps are lost at most"


def test_nothing_is_said_of_checkpoints_before_they_were_looked_at() -> None:
    entries = dict(ending(state_of(events.Finished(1840, "stopped")), RunFacts()))
    assert entries["kept"] == "looking at its checkpoints"
    assert "anew" not in entries["next"]


def test_where_it_overfitted_the_best_checkpoint_is_named() -> None:
    best = events.Evaluated(500, 1.9, 2.058, 4096, True)
    over = events.Health("overfitting", "warning", 1000, "overfitting since step 500", since=500)
    ended = events.Finished(1840, "max_steps")
    facts = RunFacts(newest_whole=1840, best_whole=500, is_read=True)
    told = dict(ending(state_of(best, over, ended), facts))
    assert told["best"] == "checkpoint 500 with val 2.058, before it overfitted"
    assert "best" not in dict(ending(state_of(best, ended), facts))
    dropped = RunFacts(newest_whole=1840, best_whole=1840, is_read=True)
    assert "best" not in dict(ending(state_of(best, over, ended), dropped))


def test_without_a_whole_checkpoint_it_begins_anew() -> None:
    entries = dict(ending(state_of(events.Finished(1840, "stopped")), NONE_WHOLE))
    assert entries == {
        "kept": "no whole checkpoint",
        "next": "r begins the run anew, n trains something else",
    }


@pytest.mark.parametrize(
    ("newest", "words"),
    [
        (1840, "checkpoint 1,840, whole: nothing is lost"),
        (1839, "checkpoint 1,839, whole: resume loses 1 step"),
        (500, "checkpoint 500, whole: resume loses 1,340 steps"),
    ],
)
def test_what_going_on_costs(newest: int, words: str) -> None:
    entries = dict(ending(state_of(events.Finished(1840, "stopped")), whole(newest)))
    assert entries["kept"] == words


def test_the_worker_s_own_three_lines_are_kept() -> None:
    failure = events.Failed(10, "DataError", "The text is gone.\nIt was deleted.\nPrepare it.")
    assert ending(state_of(failure), NONE_WHOLE) == [
        ("what", "The text is gone."),
        ("why", "It was deleted."),
        ("next", "Prepare it."),
    ]


def test_an_unforeseen_error_points_to_its_trace() -> None:
    failure = events.Failed(10, "ValueError", "ValueError: x", trace="…")
    entries = dict(ending(state_of(failure), whole(500)))
    assert entries["why"] == "ValueError; the trace is in worker.log."
    assert "r resumes" in entries["next"]
    assert "checkpoint 500" in entries["kept"]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("max_steps", None),
        ("early_stop", "the validation loss no longer fell, so it ended early"),
        ("stopped", None),
        ("aborted", "ended without saving, as asked"),
    ],
)
def test_an_end_says_why_where_it_is_not_plain_and_where_to_go(
    reason: str, why: str | None
) -> None:
    entries = dict(ending(state_of(events.Finished(1840, reason)), whole(1840)))
    assert entries.get("why") == why
    assert "4 plays with it" in entries["next"]


def test_long_reasons_are_cut_and_wrapped() -> None:
    state = state_of()
    state.crashed("\n".join(f"line {number} " + "x" * 90 for number in range(20)))
    widget = Ending()
    widget.show(state, whole(1500))
    rows = widget.draw(60, 0)
    assert len(rows) == 9
    assert all(row.cell_length <= 60 for row in rows)
    assert [row.plain.split()[0] for row in rows if row.plain[:1].strip()] == [
        "why",
        "kept",
        "next",
    ]
