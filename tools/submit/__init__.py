"""`lockgate-submit`: seals a document on the computer it comes from and hands it to the mesh."""
