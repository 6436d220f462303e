"""How a citizen can be reached: addresses, sealed, and let out to whoever may have one now."""
