"""What is said between services, and how it travels."""
