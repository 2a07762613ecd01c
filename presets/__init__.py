"""Training presets, one YAML file each; `ttgpt.engine.presets` reads them."""
