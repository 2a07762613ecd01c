# Every target builds .venv when it is missing or older than what it is made from, then acts.
# Needs only python3 (3.10 or newer) with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.built
TTNN_VENV := .venv-ttnn
TTNN_PYTHON ?= $(shell command -v python3.10 || command -v python3.12)

.PHONY: demo run test test-real-ttnn torture lint bench screenshot clean

demo: $(STAMP)  ## open the app and train the demo preset on the bundled plays
	$(BIN)/ttgpt-tui --start demo

run: $(STAMP)  ## open the app
	$(BIN)/ttgpt-tui

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

test-real-ttnn: $(STAMP) $(TTNN_VENV)/.built  ## the doctor's checks against the ttnn wheel, no card needed
	TTGPT_REAL_TTNN_PYTHON=$(abspath $(TTNN_VENV))/bin/python \
	  $(BIN)/python -m pytest -m real_ttnn tests/engine/doctor $(ARGS)

torture: $(STAMP)  ## try to break it for ten minutes; ARGS="--minutes 2 --seed 7" for less, and again
	PYTHONPATH=tests $(BIN)/python -m torture $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## the short form of every benchmark
	$(BIN)/python -m benchmarks

screenshot: $(STAMP)  ## make the README's pictures from a true run of the demo preset
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

# 650 MB, so it is made only when it is asked for. ttnn has wheels for these two versions alone.
$(TTNN_VENV)/.built:
	@case "$$($(TTNN_PYTHON) -V 2>&1)" in *" 3.10."*|*" 3.12."*) ;; \
	  *) echo "The ttnn wheel needs Python 3.10 or 3.12."; echo "'$(TTNN_PYTHON)' is neither."; \
	     echo "Run make test-real-ttnn TTNN_PYTHON=/path/to/python3.10"; exit 1;; esac
	$(TTNN_PYTHON) -m venv $(TTNN_VENV)
	$(TTNN_VENV)/bin/python -m pip install --quiet --disable-pip-version-check ttnn==0.81.1
	@touch $@

clean:
	rm -rf $(VENV) $(TTNN_VENV) build dist *.egg-info
