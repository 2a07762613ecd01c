"""From a text to a training set, and from there to batches."""
