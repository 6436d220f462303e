"""Decisions: what is proposed to a citizen now, or nothing, and why."""
