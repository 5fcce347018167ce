"""Behavioural twins of every port, with faults; for tests, bench and demo, and in no product wheel."""
