"""Whom a station believes: the mesh's time, the deny list, and what it may say of itself."""
