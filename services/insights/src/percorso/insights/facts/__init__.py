"""Facts: what insights keeps of each touchpoint, for rules and metrics."""
