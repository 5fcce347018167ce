"""The registrar's role: who belongs to the organisation. It alone has the CA's key."""
