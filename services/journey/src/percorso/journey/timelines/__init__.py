"""Timelines: a citizen's touchpoints in order of occurrence."""
