"""Administration: what an administrator does to each role, the routes for it, and the `edgemesh` commands on top."""
