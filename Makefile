# Every target builds .venv when it is missing or older than what it is made from, then acts.
# Needs only python3 (3.10 or newer) with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.built

.PHONY: demo run test lint bench screenshot clean

demo: $(STAMP)  ## open the app and train the demo preset on the bundled plays
	$(BIN)/ttgpt-tui --start demo

run: $(STAMP)  ## open the app
	$(BIN)/ttgpt-tui

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## the short form of every benchmark
	$(BIN)/python -m benchmarks

screenshot: $(STAMP)  ## make docs/train.svg from a true run of the demo preset
	$(BIN)/python docs/screenshot.py

# torch first and by itself: on Linux the constraint picks the CPU build where the index offers one.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "Python 3.10 or newer is needed."; \
	       echo "$(PYTHON) is older."; \
	       echo "Run make with another one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[torch,dev]'
	@touch $(STAMP)

clean:
	rm -rf $(VENV) build dist *.egg-info
