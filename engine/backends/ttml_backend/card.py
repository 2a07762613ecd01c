"""What the card is called, as the kernel's driver says it: nothing is opened."""

from __future__ import annotations

from pathlib import Path

_CARD_TYPES = "class/tenstorrent/tenstorrent!*/tt_card_type"


def card_types(sysfs: Path = Path("/sys")) -> list[str]:
    """List the boards with a device node, such as `n150`; empty where the driver tells nothing."""
    found = []
    for file in sorted(sysfs.glob(_CARD_TYPES)):
        try:
            found.append(file.read_text("utf-8").strip())
        except OSError:  # the firmware lacks it
            continue
    return found


def card_name(chips: int, sysfs: Path = Path("/sys")) -> str:
    """Name what a session runs on, for a person."""
    boards = card_types(sysfs)
    name = boards[0] if boards else "Tenstorrent card"
    return name if chips == 1 else f"{name}, {chips} chips"
