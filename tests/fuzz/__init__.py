"""Every parser of ours under bytes that nobody meant: `python -m tests.fuzz --seconds N` runs longer than the tests."""
