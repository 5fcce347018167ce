"""`lockgate-flash`: an image onto a card, checked before, while and after it is written, with the site's settings."""
