"""What the Runs screen and `ttgpt-tui runs` share: looking at runs, and doing things with them."""
