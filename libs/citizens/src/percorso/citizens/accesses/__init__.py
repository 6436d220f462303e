"""Which operators may see something of a citizen's, and the entry that the citizen sees of it."""
