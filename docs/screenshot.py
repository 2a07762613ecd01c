"""Make the pictures in the README from a true run: `make screenshot`.

Trains the demo preset in a temporary home folder, and saves what the app shows as SVG once the run
has passed the given step.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

from ttgpt.tui.terminal import prepare_environment

prepare_environment()

from ttgpt.tui.app import TtgptApp  # noqa: E402  (Textual reads the environment on import)
from ttgpt.tui.settings import load_settings  # noqa: E402

DOCS = Path(__file__).parent
SIZE = (100, 30)


async def take(home: Path, step: int) -> None:
    """Start the demo in the app, wait for a step, save the Train and Play screens."""
    app = TtgptApp(home, load_settings(home), start_preset="demo")
    async with app.run_test(size=SIZE) as pilot:
        await _until(lambda: app.run_watch is not None and app.run_watch.state.step >= step)
        await pilot.press("s")
        await pilot.pause(3.0)
        _save(app, "train.svg")
        await pilot.press("4")
        await pilot.pause(2.0)
        await pilot.press("enter")
        await pilot.pause(8.0)
        await pilot.press("w", "left", "left", "left")
        await pilot.pause(2.0)
        _save(app, "play.svg")
        if app.run_watch is not None:
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(app.run_watch.run.info().pid, signal.SIGTERM)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.5)


def _save(app: TtgptApp, name: str) -> None:
    (DOCS / name).write_text(app.export_screenshot(title="ttgpt-tui"), encoding="utf-8")
    print(f"wrote docs/{name}")


def main() -> None:
    """Make both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=800)
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ttgpt-shot-"))
    os.environ["TTGPT_RUNTIME_DIR"] = str(home / "run")
    try:
        asyncio.run(take(home, asked.step))
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
