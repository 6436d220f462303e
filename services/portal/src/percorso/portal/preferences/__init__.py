"""How I want to be reached: when, where, and in which language."""
