import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import wait_for

from ttgpt.tui.terminal import has_many_glyphs, is_remote, prepare_environment

_APP = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from pathlib import Path
from ttgpt.tui.cli.entry import open_app
open_app(Path(sys.argv[1]))
"""
_ENDINGS = """
import os, signal, termios, tty
from ttgpt.tui.terminal import catch_signals
catch_signals(lambda code: None)
attributes = termios.tcgetattr(0)
kept = {signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
for number in sorted(signal.valid_signals() - kept):
    child = os.fork()
    if not child:
        os.write(2, b"\\x1b[?1049h\\x1b[?1000h\\x1b[?2004h\\x1b[?25l\\x1b[?7l\\x1b[>1u")
        tty.setraw(0)
        signal.raise_signal(number)
        os._exit(0)
    status = os.waitpid(child, os.WUNTRACED)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == number
        assert termios.tcgetattr(0) == attributes, number
        os.write(2, f"{number} restored\\n".encode())
    else:  # what ends nothing
        if os.WIFSTOPPED(status):
            os.kill(child, signal.SIGKILL)
        os.write(2, b"\\x1b[?1049l\\x1b[?1000l\\x1b[?2004l\\x1b[?25h\\x1b[?7h\\x1b[<u")
        termios.tcsetattr(0, termios.TCSANOW, attributes)
os.write(2, b"the end")
"""
_WHOLE = {"1049": "l", "1000": "l", "1003": "l", "1006": "l", "2004": "l", "1004": "l"}
_WHOLE |= {"25": "h", "7": "h"}


class _Terminal:
    """A terminal, with what was written on it and how it was before."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.fd, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self._theirs)
        self.written, self._read = b"", 0
        self.program = subprocess.Popen(
            command,
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            # What opens it is its session's first program, and so the one that it hangs up on.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,
            env={**os.environ, "TERM": "xterm-256color", **environment},
        )

    def read(self, word: str) -> bytes:
        """Read until a word comes, from the end of the one that came before."""
        begin, sought = self._read, word.encode()
        while (found := self.written.find(sought, begin)) < 0:
            assert select.select([self.fd], [], [], 60)[0], f"{word!r} never came: {self.written!r}"
            self.written += os.read(self.fd, 65536)
        self._read = found + len(sought)
        return self.written[begin : self._read]

    def end(self) -> int:
        """Read until the program has ended; give its status."""
        while self.program.poll() is None or select.select([self.fd], [], [], 0)[0]:
            if select.select([self.fd], [], [], 0.1)[0]:
                self.written += os.read(self.fd, 65536)
        return self.program.returncode

    def is_whole(self) -> bool:
        """Say whether everything that was asked of the terminal was taken back."""
        asked = dict(re.findall(r"\x1b\[\?(\d+)([hl])", self.written.decode()))
        keys = self.written.count(b"\x1b[>") - self.written.count(b"\x1b[<u")
        attributes = termios.tcgetattr(self._theirs)
        return {**_WHOLE, **asked} == {**asked, **_WHOLE} and not keys and attributes == self.before

    def hang_up(self) -> None:
        """Close it at both ends."""
        for fd in (self.fd, self._theirs):
            os.close(fd)


@pytest.fixture
def terminal() -> Iterator[Callable[..., _Terminal]]:
    """Open a program on a terminal of its own."""
    opened: list[_Terminal] = []

    def start(*command: str, **environment: str) -> _Terminal:
        opened.append(_Terminal(*command, **environment))
        return opened[-1]

    yield start
    for one in opened:
        if one.program.poll() is None:
            one.program.kill()
            one.program.wait()


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


def test_the_app_ends_with_its_terminal(home: Path, terminal: Callable[..., _Terminal]) -> None:
    """Even where the hang-up itself is ignored, as under nohup."""
    app = terminal(sys.executable, "-c", _APP, str(home))
    app.read("help")
    app.hang_up()
    wait_for("the app's end", lambda: app.program.poll() is not None, seconds=20)


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, -signal.SIGQUIT)],
)
def test_a_signal_leaves_the_terminal_whole(
    home: Path, number: signal.Signals, status: int, terminal: Callable[..., _Terminal]
) -> None:
    app = terminal(sys.executable, "-c", _APP, str(home))
    app.read("help")
    assert not app.is_whole()
    app.program.send_signal(number)
    assert (app.end(), app.is_whole()) == (status, True)


def test_no_signal_that_ends_the_app_leaves_the_terminal_as_it_was_set(
    terminal: Callable[..., _Terminal],
) -> None:
    script = terminal(sys.executable, "-c", _ENDINGS)
    assert (script.end(), script.is_whole()) == (0, True)
    restored = set(map(int, re.findall(r"(\d+) restored", script.written.decode())))
    named = {"ABRT", "ALRM", "HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "XCPU", "SYS", "PROF"}
    assert {signal.Signals[f"SIG{name}"] for name in named} <= restored


def test_it_can_be_suspended_and_comes_back_whole(
    home: Path, terminal: Callable[..., _Terminal]
) -> None:
    shell = terminal("bash", "--norc", "--noprofile", "-i", PS1="$ ")
    (home / "app.py").write_text(_APP)
    shell.read("$ ")
    app = shlex.join([sys.executable, str(home / "app.py"), str(home)])
    os.write(shell.fd, f"sh -c {shlex.quote(f'{app}; true')}\n".encode())
    shell.read("help")
    pid = next(
        int(owner)
        for owner in os.listdir("/proc")
        if owner.isdigit() and _command(owner).endswith(f"app.py\0{home}\0".encode())
    )
    for is_told in (False, True):
        if is_told:
            os.kill(pid, signal.SIGTSTP)
        else:
            os.write(shell.fd, b"\x1a")
        shell.read("Stopped")
        shell.read("$ ")
        assert shell.written.rindex(b"\x1b[?1049l") > shell.written.rindex(b"\x1b[?1049h")
        assert b"\x1b[?25h" in shell.written[shell.written.rindex(b"\x1b[?1049l") :]
        os.write(shell.fd, b"fg\n")
        shell.read("Doctor")
        shell.read("help")
    os.write(shell.fd, b"q")
    shell.read("$ ")
    os.write(shell.fd, b"exit\n")
    assert shell.end() == 0
    assert shell.is_whole()


def test_a_plain_terminal_gets_ascii_without_colours(
    home: Path, terminal: Callable[..., _Terminal]
) -> None:
    plain = {"LC_ALL": "C", "NO_COLOR": "1", "TERM": "xterm-16color"}
    app = terminal(sys.executable, "-c", _APP, str(home), **plain)
    written = app.read("help")
    assert written.isascii()
    styles = {
        code for found in re.findall(rb"\x1b\[([\d;]*)m", written) for code in found.split(b";")
    }
    assert styles <= {b"", b"0", b"1", b"2", b"4", b"7", b"39", b"49"}


def _command(pid: str) -> bytes:
    try:
        return Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        return b""
