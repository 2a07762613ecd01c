"""The process that owns one device: trains, writes text, and answers on a Unix socket."""
