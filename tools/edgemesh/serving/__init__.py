"""The mesh on the network: the HTTPS server, its limits, TLS, and how one process reaches another."""
