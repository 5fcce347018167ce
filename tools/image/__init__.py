"""The boards' image: built from the recipe in `images/`, gated, and booted in emulation. `tools/dev image`."""
