"""The half of ttgpt that people see: the terminal app and the command line."""

if __name__ != "ttgpt.tui":
    raise ImportError(
        f"this package is ttgpt.tui, but was imported as {__name__!r}: "
        "run from outside the source folder, or install it with `pip install -e .`"
    )
