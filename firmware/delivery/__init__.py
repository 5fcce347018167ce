"""From "print this job" to paper and an honest outcome: fetch, open, print, and a ledger that survives a power cut."""
