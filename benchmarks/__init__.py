"""Measurements with their commands and dated results; `make bench` runs the short form of each."""

from ttgpt.engine.worker.process import calm_threads

# As in the worker, and before PyTorch and NumPy load: NumPy's threads that spin between two rows
# make a token of the largest model 20 times as long.
calm_threads()
