"""Test vectors, one file a case, and the scripts that make them."""
