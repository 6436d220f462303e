"""The catalogue: the public services that may be proposed, as data."""
