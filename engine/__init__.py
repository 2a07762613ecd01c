"""The half of ttgpt that trains and samples. It knows nothing of screens."""

if __name__ != "ttgpt.engine":
    raise ImportError(
        f"this package is ttgpt.engine, but was imported as {__name__!r}: "
        "run from outside the source folder, or install it with `pip install -e .`"
    )
