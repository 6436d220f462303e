"""What is suggested to me, why, and what I do with it."""
