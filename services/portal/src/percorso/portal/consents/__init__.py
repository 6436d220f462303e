"""What I allow, and the receipt of each decision."""
