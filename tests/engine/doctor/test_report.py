"""The text that is sent to somebody else: whole, readable, and without what is private."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hosts import HostBuilder, healthy

from ttgpt.engine.doctor import examine
from ttgpt.engine.doctor.cards import read_cards
from ttgpt.engine.doctor.discretion import discreet, is_secret
from ttgpt.engine.doctor.report import details, report


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return healthy(tmp_path)


def text_of(host: HostBuilder) -> str:
    there = host.host()
    return report(examine(there), read_cards(there), there)


def test_has_versions_cards_findings_and_evidence(host: HostBuilder) -> None:
    host.process(4242, "python3 train.py")
    host.put("/proc/driver/tenstorrent/0/pids", "4242\n")
    text = text_of(host)
    assert "No training on a card yet: 1 thing blocks." in text
    assert "card 0  n150  0000:01:00.0  firmware 18.5.0.0  45.5 C  23 W  1000 MHz" in text
    assert "  held by pid 4242 of user: python3 train.py" in text
    assert "\nwhat   card 0 is held by pid 4242" in text[text.index("\nBLOCK  ownership.held") :]
    assert "given to the worker: TT_METAL_RUNTIME_ROOT=~/tt-metal" in text
    assert text.endswith("\n")


@pytest.mark.parametrize(
    "name",
    [
        "HF_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "MY_PASSWORD",
        "OPENAI_API_KEY",
        "X_AUTH",
        "TT_SIGNING_KEY",
        "TTGPT_PASSPHRASE",
        "DB_PASS",
        "TT_PAT",
    ],
)
def test_secrets_are_left_out_wherever_they_turn_up(host: HostBuilder, name: str) -> None:
    host.environ[name] = "s3cr3t-value"
    host.environ["TT_METAL_HOME"] = "/opt/s3cr3t-value"
    assert is_secret(name)
    assert "s3cr3t-value" not in text_of(host)


@pytest.mark.parametrize("name", ["PATH", "TT_METAL_CACHE", "LD_LIBRARY_PATH", "TT_PATH"])
def test_what_is_no_secret_is_told(name: str) -> None:
    assert not is_secret(name)


def test_passwords_in_addresses_are_left_out(host: HostBuilder) -> None:
    host.environ["TT_PROXY"] = "http://me:pa55word@proxy:3128/"
    text = text_of(host)
    assert "pa55word" not in text
    assert "http://(hidden)@proxy:3128/" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{home}", "~"),
        ("{home}/x and {home}", "~/x and ~"),
        ("{home}2/x", "{home}2/x"),  # somebody else's
        ("'{home}/x'", "'~/x'"),
        ("/mnt{home}/x", "/mnt{home}/x"),  # another place
        ("-I{home}/x file://{home}/y", "-I~/x file://~/y"),
    ],
)
def test_the_home_folder_is_shortened(host: HostBuilder, text: str, expected: str) -> None:
    home = str(host.user_home)
    assert discreet(text.format(home=home), host.host()) == expected.format(home=home)


def test_the_root_as_a_home_shortens_nothing(host: HostBuilder) -> None:
    host.changes["user_home"] = Path("/")
    assert discreet("/proc/x", host.host()) == "/proc/x"


def test_every_finding_fits_a_small_screen(host: HostBuilder) -> None:
    text = text_of(host)
    findings = text[text.index("host.system") :].splitlines()
    assert max(map(len, findings)) <= 80


def test_lines_fit_and_a_long_command_can_still_be_copied(host: HostBuilder) -> None:
    finding = next(iter(examine(host.host(), only={"card.bus"})))
    words = " ".join(f"--option-{n}=value" for n in range(20))
    long = replace(finding, command=f"sudo x {words}\necho '{'y ' * 10}'", evidence="z" * 300)
    lines = list(details(long, 80))
    assert max(map(len, lines)) <= 80
    shell = "\n".join(line[7:] for line in lines if not line.startswith("seen"))
    joined = shell[: shell.index("\necho")].replace(" \\\n", " ")
    assert joined.endswith(f"sudo x {words}")
    assert f"echo '{'y ' * 10}'" in shell
    assert "z" * 73 in lines[-2]
