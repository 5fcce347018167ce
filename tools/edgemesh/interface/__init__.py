"""The mesh's interface without HTTP: requests, routes, what answers them, refusals."""
