"""For those who look after the stack: health, freshness, what could not be applied, and traces."""
