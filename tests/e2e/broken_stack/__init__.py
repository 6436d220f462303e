"""Stories of failure: they share one stack with two workers of journey, and leave it healthy."""
