"""The panel to be seen: a station on simulated hardware with people and their jobs, and a browser before it."""
