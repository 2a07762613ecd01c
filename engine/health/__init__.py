"""Where a run stands, in plain words: each finding from evidence, and told with it.

One idea a module, each of them a pure function or a small class over events and text; `monitor`
turns their answers into `health` events.
"""
