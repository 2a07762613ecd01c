"""What does not leave the host: values of secret variables, and the name of the home folder."""

from __future__ import annotations

import re

from .host import Host

HIDDEN = "(hidden)"

_SECRET = re.compile(
    r"token|secret|passw|passphrase|pass(_|$)|credential|private|auth|cookie"
    r"|api_?key|access_?key|(^|_)key|key(_|$)|(^|_)pat$",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"(\w+://)[^/\s:@]+:[^/\s@]+@")
_SHORTEST = 6
"""Characters from which a secret's value is looked for in texts; a shorter one hides words."""


def is_secret(name: str) -> bool:
    """Say whether a variable of this name may hold a secret."""
    return _SECRET.search(name) is not None


def masked(name: str, value: str) -> str:
    """Give a variable's value, or a word in its place."""
    return HIDDEN if is_secret(name) else _IN_ADDRESS.sub(rf"\1{HIDDEN}@", value)


def discreet(text: str, host: Host) -> str:
    """Take secrets out of a text, and write ~ for the person's home folder."""
    environment = {**host.environ, **host.worker.env}
    for name, value in environment.items():
        if is_secret(name) and len(value) >= _SHORTEST:
            text = text.replace(value, HIDDEN)
    text = _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)
    home = str(host.user_home).rstrip("/")
    if not home:
        return text
    # Behind another folder's name it is a part of a longer path, which has nothing to do with it.
    at_home = rf"(/[\w.-]+)?{re.escape(home)}(?=/|\W|$)"
    return re.sub(at_home, lambda found: found[0] if found[1] else "~", text)
