"""The messages of the panel: found in the sources, kept up to date in the catalogues, and checked."""
