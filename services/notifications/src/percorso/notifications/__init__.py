"""Reaching a citizen, once."""
