"""Data: from a text to a training set."""

from __future__ import annotations

from .frame import FramedScreen


class DataScreen(FramedScreen):
    """From a text to a training set."""

    PLACE = "Data"
    HELP = "From a text to a training set."
