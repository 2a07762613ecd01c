"""How a run ended: why, what is kept of it, and what to do next."""

from __future__ import annotations

from textual.content import Content

from ttgpt.engine.events import Failed, Health

from ...format import grouped, loss, visible
from ...watching.facts import RunFacts
from ...watching.state import RunState
from ..lines import Lines

_MOST_LINES = 8

Entry = tuple[str, str]
"""A label and its sentence."""


class Ending(Lines):
    """A few short entries where a run failed, crashed, stopped or finished; otherwise nothing."""

    DEFAULT_CSS = """
    Ending { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    def show(self, state: RunState, facts: RunFacts) -> None:
        """Show a run's end."""
        self._entries = ending(state, facts)
        self.display = bool(self._entries)
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the entries, their texts wrapped beside the labels."""
        if not self._entries:
            return []
        wrapped = [Content(visible(text)).wrap(max(10, width - 6)) for _, text in self._entries]
        longest = max(wrapped, key=len)
        # What is kept and what to do next must stay in view; of last words the last ones count.
        surplus = sum(map(len, wrapped)) - _MOST_LINES
        if surplus > 0:
            del longest[1 : 1 + surplus]
        lines = [
            Content.assemble((f"{'' if place else label:<6}", "dim"), line)
            for (label, _), texts in zip(self._entries, wrapped, strict=True)
            for place, line in enumerate(texts)
        ]
        return [*lines, Content("")]


def ending(state: RunState, facts: RunFacts) -> list[Entry]:
    """Say how a run ended, or why it cannot go on, as labelled sentences; none while it does."""
    if state.phase == "failed" and state.failure is not None:
        return _failed(state, state.failure, facts)
    if state.phase == "crashed":
        return [("why", state.crash), _kept(state, facts), _next(facts)]
    if state.phase == "stalled":
        return _stalled(state, facts)
    if state.is_open and state.standing.broken is not None:
        return _broken(state.standing.broken, facts)
    if state.phase == "stopped":
        aborted = state.finish is not None and state.finish.reason == "aborted"
        why = [("why", "ended without saving, as asked")] if aborted else []
        return [*why, *_best(state, facts), _kept(state, facts), _next(facts)]
    if state.phase == "finished":
        early = state.finish is not None and state.finish.reason == "early_stop"
        why = [("why", "the validation loss no longer fell, so it ended early")] if early else []
        then = "4 plays with it, + gives it more steps, n trains something else"
        return [*why, *_best(state, facts), ("next", then)]
    return []


def _best(state: RunState, facts: RunFacts) -> list[Entry]:
    """Say which checkpoint is better than the last one, where the run overfitted."""
    best = state.best
    is_over = any(found.kind == "overfitting" for found in state.standing.findings)
    if not is_over or best is None or best.step != facts.best_whole:
        return []
    return [
        (
            "best",
            f"checkpoint {grouped(best.step)} with val {loss(best.val_loss)}, before it overfitted",
        )
    ]


def _failed(state: RunState, failure: Failed, facts: RunFacts) -> list[Entry]:
    # The worker's own errors come as up to three lines: what, why, next step.
    what, *rest = failure.message.split("\n") or [failure.kind]
    why = rest[0] if rest else f"{failure.kind}; the trace is in worker.log."
    after = " ".join(rest[1:])
    return [
        ("what", what),
        ("why", why),
        *([("next", after)] if after else [_kept(state, facts), _next(facts)]),
    ]


def _stalled(state: RunState, facts: RunFacts) -> list[Entry]:
    step = state.pace.ms_per_step
    usual = f"; a step takes {duration_in_words(step / 1000)}" if step else ""
    where = f" on {state.opened.device}" if state.opened is not None else ""
    holder = f"; {facts.holder}{where} does not answer" if facts.holder else ""
    card = state.opened is not None and state.opened.backend != "torch"
    reset = ", 1 checks and resets the card," if card else ""
    return [
        ("why", f"{state.overdue}{usual}{holder}"),
        _kept(state, facts),
        ("next", f"wait, or x kills the worker;{reset} then r resumes".replace(",;", ";")),
    ]


def _broken(broken: Health, facts: RunFacts) -> list[Entry]:
    what = ("what", f"{broken.text}: {broken.evidence}" if broken.evidence else broken.text)
    if not facts.is_read:
        return [what, ("kept", "looking at its checkpoints")]
    if facts.last_good is None:
        return [
            what,
            ("kept", "no checkpoint from before that"),
            ("next", "x ends it; begin anew with a lower learning rate"),
        ]
    return [
        what,
        ("kept", f"checkpoint {grouped(facts.last_good)}, from before that"),
        ("next", "b goes back to it with a lower learning rate"),
    ]


def duration_in_words(seconds: float) -> str:
    """Write how long a step takes: 0.28 s, 12 s."""
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def _kept(state: RunState, facts: RunFacts) -> Entry:
    """Say which checkpoint is whole, and what going on from it costs."""
    if not facts.is_read:
        return "kept", "looking at its checkpoints"
    if facts.newest_whole is None:
        return "kept", "no whole checkpoint"
    lost = state.step - facts.newest_whole
    crashed = state.phase in (
        "crashed",
        "stalled",
    )  # not every step is logged, so the last one is not known
    if lost > 0:
        steps = f"{'about ' if crashed else ''}{grouped(lost)} step{'' if lost == 1 else 's'}"
        loses = f"resume loses {steps}"
    else:
        loses = "a few steps are lost at most" if crashed else "nothing is lost"
    return "kept", f"checkpoint {grouped(facts.newest_whole)}, whole: {loses}"


def _next(facts: RunFacts) -> Entry:
    if facts.is_read and facts.newest_whole is None:
        return "next", "r begins the run anew, n trains something else"
    return "next", "r resumes from there, 4 plays with it, n trains something else"
