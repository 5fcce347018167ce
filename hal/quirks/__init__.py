"""Devices that want to be treated otherwise than the rest, as data with reasons; the code that obeys is elsewhere."""
