"""Updates of stations as the mesh hands them out: bundles, stages, and what stations say of themselves."""
