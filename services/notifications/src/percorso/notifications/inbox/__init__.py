"""What a citizen was sent, and has read."""
