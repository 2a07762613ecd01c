"""What can be done with a run as it is now: only that is offered as a key."""

from __future__ import annotations

from .watching.facts import RunFacts
from .watching.state import RunState


def can_ask(what: str, state: RunState) -> bool:
    """Say whether a live run's worker can be asked for something: pause, resume, stop and so on."""
    if not state.is_open or state.phase == "stalled":
        return False
    if state.is_stopping:
        return what == "abort"
    if what == "pause":
        return not state.is_paused
    return what != "resume" or state.is_paused


def can_want(what: str, state: RunState, facts: RunFacts) -> bool:
    """Say whether a run can be killed, taken back, adjusted, continued, lengthened or left."""
    if what == "kill":
        return state.phase == "stalled"
    if what == "go_back":
        return _can_go_back(state, facts)
    if what == "adjust":
        return can_ask(what, state)
    if what == "more_steps":
        return can_ask(what, state) or (not state.is_live and state.max_steps > 0)
    if what == "go_on":
        return not state.is_live and state.phase != "finished"
    return not state.is_live


def _can_go_back(state: RunState, facts: RunFacts) -> bool:
    """Say whether a run whose loss broke has a checkpoint from before that."""
    is_between = state.is_live and not state.is_open
    return state.standing.broken is not None and not is_between and facts.last_good is not None
