"""Suggestions: what was proposed to a citizen, and what became of it."""
