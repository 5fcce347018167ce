"""The held-job envelope: key parts, boxes, identities, manifests and the body stream. No I/O, no clock of its own."""
