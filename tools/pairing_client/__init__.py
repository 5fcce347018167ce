"""Pairing and renewal for whoever keeps an identity in a directory: a person's computer, an administrator, a node."""
