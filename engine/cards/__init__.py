"""Tenstorrent's boards, and how a run is laid out on one."""
