"""What a citizen says of how to be reached: when not, and in which language."""
