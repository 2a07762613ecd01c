"""What an error says of the command line's options, said of the form's fields."""

from __future__ import annotations

import re

from ttgpt.engine.errors import TtgptError

_FIELDS = {"encoding": "encoding", "text-field": "field", "tokenizer": "tokenizer"}
_OPTION = re.compile(rf"--({'|'.join(_FIELDS)})( [\w-]+)?")


def for_form(error: TtgptError) -> TtgptError:
    """Name the form's fields, which stand above, where the next step names options."""

    def field(option: re.Match[str]) -> str:
        return f"{_FIELDS[option[1]]}{option[2] or ''} above"

    # A field does what a command in a shell would do, and a narrow form would cut the command.
    step, _, _ = error.next_step.partition(" Or convert it: iconv")
    return type(error)(error.what, error.why, _OPTION.sub(field, step))
