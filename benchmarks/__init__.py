"""Measurements with their commands and dated results; `make bench` runs the short form of each."""

from ttgpt.engine.worker.libraries import settle_libraries

# As in the worker, and before PyTorch and NumPy load: NumPy's threads that spin between two rows
# make a token of the largest model 20 times as long.
settle_libraries()
