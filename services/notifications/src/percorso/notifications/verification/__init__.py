"""Whether a message is really ours."""
