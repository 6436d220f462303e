"""Whether a message is ours."""
