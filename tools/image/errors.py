"""What goes wrong while an image is built or booted."""


class ImageError(Exception):
    """The message says what, and where there is something to do about it, that too."""
