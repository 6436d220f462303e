"""What a citizen allows, for which purpose and on which channel."""
