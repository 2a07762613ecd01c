"""Lets processes that a test starts find the double of ttml, and tells what they did with it."""

from __future__ import annotations

from pathlib import Path

import pytest

TTNN = """\
import os, sys
sys.path.append({tests!r})
import ttml_double
machine = ttml_double.Machine(ttml_double.GENERATIONS["newest"])
passes = int(os.environ.get("TTML_DOUBLE_FAULT", 0))
def fault():
    global passes
    passes -= 1
    if not passes:
        raise RuntimeError("TT_FATAL: the double was told to fail")
machine.fault = fault
sys.modules.update(ttml_double.modules_of(machine))
"""


def use_double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the double on the path of child processes; gives the file in which it notes."""
    site, log = tmp_path / "site", tmp_path / "card.log"
    site.mkdir()
    tests = str(Path(__file__).parent)
    (site / "ttnn.py").write_text(TTNN.format(tests=tests))
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("TTML_DOUBLE_LOG", str(log))
    log.touch()
    return log


def said(card: Path) -> list[str]:
    """Give `opened` and `closed` in the order in which they were noted."""
    return [line.split()[1] for line in card.read_text().splitlines()]
