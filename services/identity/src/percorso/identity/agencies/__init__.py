"""Agencies: the public bodies that report facts, and the sources that each owns."""
