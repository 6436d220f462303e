"""Who was given something of a citizen's, and why: the citizen sees it."""
