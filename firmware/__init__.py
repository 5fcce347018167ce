"""What a release station does. Runs on the box."""
