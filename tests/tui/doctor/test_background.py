"""One slow thing at a time, and what the screen hears of it."""

from __future__ import annotations

import threading

from textual.message import Message
from textual.message_pump import MessagePump

from ttgpt.engine.errors import UsageError
from ttgpt.tui.doctor.background import Background
from ttgpt.tui.doctor.news import Examined, Refused


class Listener(MessagePump):
    """Begins anew in the very moment in which it hears that something is over."""

    def __init__(self) -> None:
        super().__init__()
        self.background = Background(self)
        self.heard: list[Message] = []
        self.begun: list[bool] = []
        self.is_over = threading.Event()

    def post_message(self, message: Message) -> bool:
        self.heard.append(message)
        if isinstance(message, Examined):
            self.begun.append(self.background.begin(lambda post, cancel: None))
            self.is_over.set()
        return True


def test_who_hears_the_last_word_may_begin_anew() -> None:
    listener = Listener()
    assert listener.background.begin(lambda post, cancel: None, last=Examined())
    assert listener.is_over.wait(30)
    assert listener.begun == [True]


def test_only_one_thing_is_under_way() -> None:
    listener, go_on = Listener(), threading.Event()
    assert listener.background.begin(lambda post, cancel: go_on.wait(30) and None)
    assert listener.background.is_busy
    assert not listener.background.begin(lambda post, cancel: None)
    go_on.set()
    listener.background.leave()


def test_a_refusal_comes_before_the_last_word() -> None:
    def refuse(post: object, cancel: object) -> None:
        raise UsageError("No.")

    listener = Listener()
    listener.background.begin(refuse, last=Examined())
    assert listener.is_over.wait(30)
    assert [type(message) for message in listener.heard] == [Refused, Examined]


def test_a_fault_of_ours_is_told_and_holds_nothing_up() -> None:
    def break_down(post: object, cancel: object) -> None:
        raise KeyError("pci")

    listener = Listener()
    listener.background.begin(break_down, last=Examined())
    assert listener.is_over.wait(30)
    refused = listener.heard[0]
    assert isinstance(refused, Refused)
    assert refused.error.why == "KeyError: 'pci'"
