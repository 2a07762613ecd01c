"""`ttgpt-tui train PRESET --try`: what a configuration would take here, from its first steps."""

from __future__ import annotations

import dataclasses
import signal
from types import FrameType

from ttgpt.engine.config import RunConfig
from ttgpt.engine.runs import tries
from ttgpt.engine.runs.trying import Trying

from .call import Call
from .output import fields, note, print_json, say


def try_it(call: Call, config: RunConfig, backend: str) -> None:
    """Measure a configuration and print what was found; Ctrl-C ends it after the step.

    Raises:
        TtgptError: It was ended, or cannot be trained here.
    """
    from ..plan import plan_of, rows_of

    home = call.home()
    trying = Trying(home, config, backend)

    def press(number: int, frame: FrameType | None) -> None:
        trying.cancel()

    before = signal.signal(signal.SIGINT, press)
    try:
        measured = trying.run(lambda words, share: note(words))
    finally:
        signal.signal(signal.SIGINT, before)
    if call.json:
        seconds = tries.seconds_of(config, measured)
        print_json({**dataclasses.asdict(measured), "seconds": round(seconds, 1)})
        return
    for line in fields([row[:2] for row in rows_of(plan_of(home, config, backend), config)]):
        say(line)
