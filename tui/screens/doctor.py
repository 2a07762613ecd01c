"""Doctor: whether this host can train."""

from __future__ import annotations

from .frame import FramedScreen


class DoctorScreen(FramedScreen):
    """Whether this host can train."""

    PLACE = "Doctor"
    HELP = "Whether this host can train."
