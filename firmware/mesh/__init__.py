"""The edge mesh as the station and the submitting client see it: messages, client, transport."""
