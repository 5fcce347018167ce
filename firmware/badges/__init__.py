"""A card number from what a reader sends."""
