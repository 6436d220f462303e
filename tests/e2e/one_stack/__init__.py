"""Stories that break nothing: they share one stack, and each has citizens of its own."""
