"""The bench: the whole world of a station in one process and virtual time, driven by stories or by hand."""
