"""Writes the pages of docs/reference that stand in the code already."""
