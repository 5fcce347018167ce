"""Release from a phone: a small page of the mesh, and what the vault knows of the phones that use it."""
