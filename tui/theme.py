"""The app's colours: the terminal's own sixteen, so that its owner's choice of them holds.

One accent for what can be acted on and what is newest, green, yellow and red beside their words,
and the terminal's foreground in two strengths for everything else.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme


def _theme(name: str, *, dark: bool, accent: str, shade: str) -> Theme:
    return Theme(
        name=name,
        ansi=True,
        dark=dark,
        primary=accent,
        secondary=accent,
        accent=accent,
        success="ansi_green",
        warning="ansi_yellow" if dark else "ansi_magenta",
        error="ansi_red",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            **BUILTIN_THEMES["ansi-dark" if dark else "ansi-light"].variables,
            "border": shade,
            "border-blurred": shade,
            "block-cursor-foreground": accent,
            "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-foreground": "ansi_default",
            "block-cursor-blurred-background": "ansi_default",
            "block-cursor-blurred-text-style": "bold",
            "block-hover-background": "ansi_default",
            "input-cursor-background": "ansi_default",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-text-style": "reverse",
            "input-selection-background": accent,
            "scrollbar": shade,
            "scrollbar-hover": shade,
            "scrollbar-active": accent,
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "scrollbar-corner-color": "ansi_default",
        },
    )


DARK = _theme("ttgpt-dark", dark=True, accent="ansi_cyan", shade="ansi_bright_black")
LIGHT = _theme("ttgpt-light", dark=False, accent="ansi_blue", shade="ansi_bright_black")
