"""Generators of documents that are drawn from the code."""
