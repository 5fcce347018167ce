"""The panel in Debian's Chromium: each screen, each story, as whoever stands there meets them."""
