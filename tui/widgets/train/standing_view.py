"""Where the run stands, in plain words: the stage reached, what was found, what to do about it."""

from __future__ import annotations

from textual.content import Content

from ttgpt.engine.events import Health

from ...format import grouped, one_line
from ...watching.state import Notice, RunState
from ..lines import Lines

_STYLES = {"info": "", "warning": "$warning", "error": "$error"}


class StandingView(Lines):
    """Findings about a run, the worst first, its stage, then what was noticed lately."""

    HELP = (
        "Below the figures: what was found about the run, on what evidence, and what people do "
        "about it.\n"
        "guessing  it does not know yet which tokens are frequent\n"
        "letters  it does, but few words are real\n"
        "format  in plays: speeches begin with a name and a colon\n"
        "words  six in ten words, or more, occur in the text\n"
        "fluent  words and their neighbours are nearly as often real as in held-out text\n"
        "Words of one or two letters do not count: by chance most of them are real."
    )

    DEFAULT_CSS = """
    StandingView { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state = RunState()

    def show(self, state: RunState) -> None:
        """Show where a run stands."""
        self._state = state
        self.redraw()

    def least(self, width: int) -> int:
        """Count the lines that the first entry takes, with the blank one above."""
        entries = self._entries(max(4, width))
        return 1 + len(entries[0]) if entries else 0

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw whole entries as long as there is room; the first is cut rather than left out."""
        lines: list[Content] = []
        for entry in self._entries(max(4, width)):
            if lines and len(lines) + len(entry) > height:
                break
            lines += [Content(""), *entry] if lines or height > len(entry) else entry
        if len(lines) > height > 0:
            lines[height - 1] = _cut(lines[height - 1], width)
        return lines[:height]

    def _entries(self, width: int) -> list[list[Content]]:
        standing = self._state.standing
        # What breaks a live run stands above everything else, with the way out.
        above = standing.broken if self._state.is_open else None
        found = [one for one in standing.findings if one is not above]
        stage = [_stage(standing.stage, width)] if standing.stage is not None else []
        return [
            *(_finding(one, width) for one in found if one.level != "info"),
            *stage,
            *(_finding(one, width) for one in found if one.level == "info" and self._state.is_live),
            *(_notice(one, width) for one in reversed(self._state.notices)),
        ]


def _finding(found: Health, width: int) -> list[Content]:
    style = f"bold {_STYLES.get(found.level, '')}"
    head = Content.styled(one_line(found.text), style).wrap(width)
    evidence = Content(one_line(found.evidence)).wrap(width) if found.evidence else []
    advice = Content.styled(one_line(found.advice), "$accent").wrap(width) if found.advice else []
    return [*head, *evidence, *advice]


def _cut(line: Content, width: int) -> Content:
    """End a line so that it shows that more was there."""
    return line.truncate(max(0, width - 2)) + Content.styled(" …", "dim")


def _stage(stage: Health, width: int) -> list[Content]:
    head = Content.assemble((one_line(stage.text), "bold"), (f" @{grouped(stage.step)}", "dim"))
    return [*head.wrap(width), *Content.styled(one_line(stage.evidence), "dim").wrap(width)]


def _notice(notice: Notice, width: int) -> list[Content]:
    head = notice.level if notice.level != "info" else "note"
    step = f" @{grouped(notice.step)}" if notice.step is not None else ""
    wrapped = Content(one_line(notice.text)).wrap(width)
    style = _STYLES.get(notice.level, "")
    return [Content.assemble((head, f"bold {style}"), (step, "dim")), *wrapped]
