"""The attacks of firmware/docs/threat-model.md, each with what stops it."""
