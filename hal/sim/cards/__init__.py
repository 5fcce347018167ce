"""Cards as a reader's field meets them: twins that answer as the published protocols say, with faults."""
