"""Runs: all runs, live and ended."""

from __future__ import annotations

from .frame import FramedScreen


class RunsScreen(FramedScreen):
    """All runs, live and ended."""

    PLACE = "Runs"
    HELP = "All runs, live and ended."
