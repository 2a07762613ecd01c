"""All that the Runs screen says of one run: why it ended, what is kept, what to do next."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from ttgpt.engine import events, wire
from ttgpt.engine.checkpoints.info import CheckpointInfo, whole_checkpoints
from ttgpt.engine.disk.reading import open_plain
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.presets import Preset
from ttgpt.engine.runs import labels
from ttgpt.engine.runs.rundir import RunFolder

from ..format import count, grouped, loss
from ..last_words import last_words
from ..watching.facts import shape_of
from .differences import changes, preset_of, shown_value
from .glance import DAMAGED, UNREACHABLE, Glance
from .spread import last_lines

_TAIL = 1 << 18
_REASONS = {
    "max_steps": "it came to its last step",
    "early_stop": "the validation loss no longer fell",
    "stopped": "somebody stopped it",
    "signal": "it was told to end, by a signal",
    "aborted": "it was ended without saving, as asked",
}

Entry = tuple[str, str]
"""A label and a sentence."""


@dataclass(frozen=True)
class Detail:
    """What is said of a run beside its row."""

    entries: list[Entry]
    differs: list[tuple[str, str, str]] = field(default_factory=list)
    """Settings that are not its preset's: name, value, the preset's value."""
    preset: str = ""
    preset_is_known: bool = False


def read_detail(seen: Glance) -> Detail:
    """Read what there is to say of a run; never raises."""
    run = seen.run
    if seen.state == DAMAGED:
        return _damaged(run)
    whole = whole_checkpoints(run.path)
    why, fields = _why(seen), [("shape", _shape(run)), ("note", labels.read_note(run))]
    entries = [("why", why), *_kept(seen, whole), ("next", _next(seen, whole)), *fields]
    preset = preset_of(run)
    return Detail(
        entries=[(label, text) for label, text in entries if text],
        differs=_differs(run, preset),
        preset=seen.preset,
        preset_is_known=preset is not None,
    )


def _damaged(run: RunFolder) -> Detail:
    try:
        run.info()
    except TtgptError as error:
        return Detail([("what", error.what), ("why", error.why), ("next", error.next_step)])
    return Detail([("next", "It can be read again.")])


def _why(seen: Glance) -> str:
    if seen.state == UNREACHABLE:
        try:
            host = seen.run.info().host
        except TtgptError:
            host = ""
        return f"no worker answers from here; it was started on {host or 'another host'}"
    if seen.state == "crashed":
        words = last_words(seen.run.log).split("\n")[-1]
        ending = f": {words}" if words else " without a word: killed, or out of memory"
        return f"the worker is gone{ending}"
    if seen.state == "failed":
        return _failure(seen.run)
    if seen.state in ("finished", "stopped"):
        return _REASONS.get(_reason(seen.run), "")
    return ""


def _failure(run: RunFolder) -> str:
    event = _newest(run, events.Failed)
    if not isinstance(event, events.Failed):
        return "an error; worker.log has the trace"
    return " ".join(event.message.split("\n")[:2])


def _reason(run: RunFolder) -> str:
    event = _newest(run, events.Finished)
    return event.reason if isinstance(event, events.Finished) else ""


def _newest(run: RunFolder, kind: type[events.Event]) -> events.Event | None:
    with contextlib.suppress(OSError, wire.DecodeError):
        mark = f'"type":"{kind.type}"'.encode()
        lines = list(last_lines(run.events, mark, most=_TAIL))
        return events.decode(lines[-1]).event if lines else None
    return None


def _kept(seen: Glance, whole: list[CheckpointInfo]) -> list[Entry]:
    if not whole:
        return [("kept", "no whole checkpoint yet" if seen.is_live else "no whole checkpoint")]
    newest = whole[-1]
    best = min((one for one in whole if one.val_loss == one.val_loss), key=_val, default=None)
    words = [f"checkpoint {grouped(newest.step)}, whole"]
    if not newest.has_optimizer:
        words.append("without optimizer")
    lost = seen.step - newest.step
    if not seen.is_live and lost > 0:
        words.append(f"resume loses {grouped(lost)} step{'' if lost == 1 else 's'}")
    if best is not None and best is not newest:
        words.append(f"best {grouped(best.step)} ({loss(best.val_loss)})")
    more = len(whole) - 1
    return [("kept", "; ".join(words) + (f"; {more} more" if more else ""))]


def _val(one: CheckpointInfo) -> float:
    return one.val_loss


def _next(seen: Glance, whole: list[CheckpointInfo]) -> str:
    if seen.state == UNREACHABLE:
        return "look on that host; do not resume it here while it may live"
    if seen.state == "paused":
        return "r resumes it, Enter shows it"
    if seen.is_live:
        return "Enter shows it, x stops it"
    if seen.state == "finished":
        return "+ gives it more steps, Enter shows it, 4 plays with it"
    if not whole:
        return "r begins it anew"
    return f"r resumes from {grouped(whole[-1].step)}"


def _shape(run: RunFolder) -> str:
    try:
        shape = shape_of(run.config().model)
    except TtgptError:
        return ""
    opened = _opened(run)
    if opened is None:
        return shape
    return f"{shape}, {count(opened.parameters)} parameters, {opened.device} {opened.dtype}"


def _opened(run: RunFolder) -> events.Opened | None:
    with contextlib.suppress(OSError, wire.DecodeError), open_plain(run.events) as file:
        for line in file.read(1 << 14).split(b"\n"):
            if b'"type":"opened"' in line:
                event = events.decode(line).event
                return event if isinstance(event, events.Opened) else None
    return None


def _differs(run: RunFolder, preset: Preset | None) -> list[tuple[str, str, str]]:
    if preset is None:
        return []
    try:
        config = run.config()
    except TtgptError:
        return []
    return [
        (name, shown_value(new), shown_value(old))
        for name, (old, new) in changes(preset.config, config).items()
    ]
