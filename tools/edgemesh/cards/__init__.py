"""Cards that prove themselves: the mesh holds the card keys and decides; a station carries the APDUs."""
