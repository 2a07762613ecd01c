import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from support import wait_for

from ttgpt.tui.terminal import has_many_glyphs, is_remote, prepare_environment

_APP = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from pathlib import Path
from ttgpt.tui import terminal
terminal.prepare_environment()
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.settings import Settings
TtgptApp(Path(sys.argv[1]), Settings()).run()
"""


@pytest.mark.parametrize(
    ("environment", "many"),
    [
        ({}, True),
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANG": "de_DE.utf8", "TERM": "xterm"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "POSIX", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8"}, True),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, False),
        ({"LC_CTYPE": "de_DE.ISO-8859-1", "LANG": "en_GB.UTF-8"}, False),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, False),
        ({"LANG": "en_GB.UTF-8", "TERM": "dumb"}, False),
    ],
)
def test_glyphs_follow_what_a_person_has_set(environment: dict[str, str], many: bool) -> None:
    assert has_many_glyphs(environment) is many


def test_a_link_gets_fewer_frames_and_more_patience_with_esc() -> None:
    here: dict[str, str] = {}
    prepare_environment(here)
    assert here["TEXTUAL_ANIMATIONS"] == "none"
    assert "ESCDELAY" not in here
    there = {"SSH_TTY": "/dev/pts/3"}
    prepare_environment(there)
    assert (there["ESCDELAY"], there["TEXTUAL_FPS"]) == ("250", "15")
    assert is_remote(there)


def test_what_a_person_set_stays() -> None:
    environment = {"SSH_TTY": "/dev/pts/3", "ESCDELAY": "900", "TMUX": "/tmp/x"}
    prepare_environment(environment)
    assert environment["ESCDELAY"] == "900"
    assert environment["TEXTUAL_DISABLE_KITTY_KEY"] == "1"


def test_the_app_ends_with_its_terminal(home: Path) -> None:
    """Even where the hang-up itself is ignored, as under nohup."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    app = subprocess.Popen(
        [sys.executable, "-c", _APP, str(home)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    _read_until(ours, "help")
    os.close(ours)
    wait_for("the app's end", lambda: app.poll() is not None, seconds=20)


def test_a_plain_terminal_gets_ascii_without_colours(home: Path) -> None:
    plain = {"LC_ALL": "C", "NO_COLOR": "1", "TERM": "xterm-16color"}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    app = subprocess.Popen(
        [sys.executable, "-c", _APP, str(home)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, **plain},
    )
    os.close(theirs)
    written = _read_until(ours, "help")
    os.close(ours)
    app.wait(20)
    assert written.isascii()
    styles = {
        code for found in re.findall(rb"\x1b\[([\d;]*)m", written) for code in found.split(b";")
    }
    assert styles <= {b"", b"0", b"1", b"2", b"4", b"7", b"39", b"49"}


def _read_until(fd: int, word: str) -> bytes:
    seen = b""
    while word.encode() not in seen:
        assert select.select([fd], [], [], 60)[0], f"{word!r} never came; this did: {seen!r}"
        seen += os.read(fd, 65536)
    return seen
