"""The record that cannot be quietly changed: hash-chained, signed, append-only, verified without its holder."""
