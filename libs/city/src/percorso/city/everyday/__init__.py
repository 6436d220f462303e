"""Everyday life: short stories of one or a few facts each, by where they happen."""
