"""The terminal: large enough, enough colours, the glyphs of the curves, and what tmux lets pass."""

from __future__ import annotations

import os

from ..check import Answer, Check, passed, skipped, warned
from ..visit import Visit

SMALLEST, COMFORTABLE = (60, 18), (80, 24)
SLOW_ESCAPE = 100
"""Milliseconds of tmux's escape-time from which Esc feels late; its own default was 500."""
_NONE = "no terminal here"
_NO_TTY = "none of stdin, stdout and stderr is a terminal"


def size(visit: Visit) -> Answer:
    """Look at the size."""
    found = visit.host.terminal
    if found is None:
        return skipped(f"size ({_NONE})", evidence=_NO_TTY)
    said = f"{found[0]} columns, {found[1]} lines"
    seen = f"smallest {SMALLEST[0]} by {SMALLEST[1]}, made for {COMFORTABLE[0]} by {COMFORTABLE[1]}"
    if found[0] < SMALLEST[0] or found[1] < SMALLEST[1]:
        return warned(
            f"{said}: too small for the screens",
            "Below 60 columns or 18 lines only a notice is shown.",
            "Make the window larger.",
            evidence=seen,
        )
    if found[0] < COMFORTABLE[0] or found[1] < COMFORTABLE[1]:
        return warned(
            f"{said}: 80 by 24 shows everything",
            "Some columns and panels are left out.",
            "Make the window larger, or its letters smaller.",
            evidence=seen,
        )
    return passed(said, seen)


def colours(visit: Visit) -> Answer:
    """Tell how many colours the terminal says it has."""
    environ = visit.host.environ
    if visit.host.terminal is None:
        return skipped(f"colours ({_NONE})", evidence=_NO_TTY)
    term, true = environ.get("TERM", ""), environ.get("COLORTERM", "")
    seen = f"TERM={term} COLORTERM={true}" + (" NO_COLOR" if environ.get("NO_COLOR") else "")
    if term in ("", "dumb"):
        return warned(
            f"TERM is {term or 'not set'}",
            "The terminal does not say what it can show; the app may look broken.",
            "Set TERM to what it is, and reach remote hosts with ssh -t.",
            "export TERM=xterm-256color",
            seen,
        )
    if environ.get("NO_COLOR"):
        return passed("no colours, as NO_COLOR asks", seen)
    if true in ("truecolor", "24bit"):
        return passed("16 million colours", seen)
    return passed("256 colours" if "256" in term else "16 colours", seen)


def encoding(visit: Visit) -> Answer:
    """Tell whether the locale is UTF-8."""
    environ = visit.host.environ
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    said = next((environ[name] for name in names if environ.get(name)), "")
    seen = " ".join(f"{name}={environ.get(name, '')}" for name in names)
    if visit.host.terminal is None:
        return skipped(f"encoding ({_NONE})", evidence=_NO_TTY)
    if "utf" in said.lower():
        return passed(f"UTF-8 ({said})", seen)
    return warned(
        f"the locale is not UTF-8 ({said or 'none is set'})",
        "Curves and frames are drawn with plain ASCII.",
        "Choose a UTF-8 locale if the terminal can show it.",
        "export LC_ALL=C.UTF-8",
        seen,
    )


def glyphs(visit: Visit) -> Answer:
    """Show three glyphs: no program can know what a font has, only the person can."""
    if visit.host.terminal is None:
        return skipped(f"glyphs ({_NONE})", evidence=_NO_TTY)
    return Answer(
        "pass",
        "can you see these three?  \u28ff  \u2587  \u2501",
        "The first draws curves, the second bars, the third lines.",
        "If one is a box or a question mark, apply: curves are drawn with ASCII.",
        evidence="No program can see what your font has.",
        apply={"marker": "ascii"},
    )


def tmux(visit: Visit) -> Answer:
    """Ask tmux for the settings that matter here."""
    host = visit.host
    if not host.environ.get("TMUX"):
        return skipped("tmux (not inside one)", evidence="TMUX is not set")
    program = host.which("tmux")
    if program is None:
        return skipped("tmux (its program is not found)", evidence="no tmux on PATH")
    # Its own options, not those of the configuration file, which may have changed since.
    options = {name: _option(visit, program, name) for name in ("escape-time", "set-clipboard")}
    seen = "\n".join(f"{name}: {value or 'unknown'}" for name, value in options.items())
    delay = options["escape-time"]
    lines = []
    if delay.isdecimal() and int(delay) > SLOW_ESCAPE:
        lines.append("tmux set -s escape-time 20")
    # With its default, external, tmux keeps what programs within it copy from the terminal.
    if options["set-clipboard"] in ("off", "external"):
        lines.append("tmux set -s set-clipboard on")
    if "screen" in host.environ.get("TERM", "") and "256" not in host.environ.get("TERM", ""):
        lines.append("tmux set -g default-terminal tmux-256color")
    if not lines:
        return passed("tmux is set up well", seen)
    names = ", ".join(line.split()[3] for line in lines)
    return warned(
        f"tmux: {names} could be better",
        "A late Esc, copies that do not reach your own clipboard, or few colours.",
        "Set them now, and in ~/.tmux.conf without the word tmux.",
        "\n".join(lines),
        seen,
    )


def _option(visit: Visit, program: str, name: str) -> str:
    environment = {"PATH": os.defpath, **visit.host.environ}
    outcome = visit.run([program, "show-options", "-Av", name], environment, 5.0)
    if outcome.status or not outcome.printed:
        outcome = visit.run([program, "show-options", "-gv", name], environment, 5.0)
    return (
        outcome.printed.splitlines()[-1].strip() if outcome.status == 0 and outcome.printed else ""
    )


CHECKS = (
    Check("terminal.size", "warns", "Is the terminal large enough?", size, "both"),
    Check("terminal.colours", "warns", "How many colours are there?", colours, "both"),
    Check("terminal.encoding", "warns", "Is the encoding UTF-8?", encoding, "both"),
    Check("terminal.glyphs", "informs", "Are the glyphs there?", glyphs, "both"),
    Check("terminal.tmux", "warns", "Is tmux set up well?", tmux, "both", 30.0),
)
