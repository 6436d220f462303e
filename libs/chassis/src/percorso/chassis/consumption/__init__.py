"""Consuming exactly once: rows, dead letters and offsets in one transaction of the service's database."""
