"""Several runs in a table: what came of each, the settings they do not share, what they took."""

from __future__ import annotations

from collections.abc import Sequence

from ..format import NOTHING, count, grouped, loss
from .differences import differing, shown_value
from .glance import state_word
from .history import History


def rows_of(histories: Sequence[History]) -> list[tuple[str, list[str]]]:
    """Give the table's rows: a label, and each run's value."""
    return [*_results(histories), *_settings(histories), *_efforts(histories)]


def _results(histories: Sequence[History]) -> list[tuple[str, list[str]]]:
    return [
        ("state", [state_word(history.seen.state) for history in histories]),
        ("step", [grouped(history.seen.step) for history in histories]),
        ("best val", [_best(history) for history in histories]),
        ("last val", [_last(history) for history in histories]),
    ]


def _settings(histories: Sequence[History]) -> list[tuple[str, list[str]]]:
    settings = differing([history.config for history in histories])
    if not settings:
        return [("settings", ["the same"] * len(histories))]
    return [(name, [shown_value(value) for value in values]) for name, values in settings]


def _efforts(histories: Sequence[History]) -> list[tuple[str, list[str]]]:
    return [
        ("parameters", [count(history.parameters) for history in histories]),
        ("tokens", [_tokens(history) for history in histories]),
        ("tokens/s", [grouped(history.tokens_per_s) for history in histories]),
        ("device", [history.seen.device or NOTHING for history in histories]),
    ]


def _best(history: History) -> str:
    best = history.best
    return f"{loss(best[1])} @{grouped(best[0])}" if best else NOTHING


def _last(history: History) -> str:
    return loss(history.val[-1][1]) if history.val else NOTHING


def _tokens(history: History) -> str:
    return count(history.seen.step * history.tokens_per_step or None)
