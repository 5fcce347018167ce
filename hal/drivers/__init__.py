"""One device family a file; each module has `open(uri, context)`. The only importers of vendor libraries."""
