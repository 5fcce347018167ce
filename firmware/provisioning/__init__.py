"""What a site writes onto a station's card before it starts for the first time: read, applied once, destroyed."""
