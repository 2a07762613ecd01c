"""Files that ship with the program; `ttgpt.engine.corpus` reads them."""
