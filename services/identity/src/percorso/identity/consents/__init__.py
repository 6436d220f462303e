"""What a citizen allows: decided here, with a receipt, and told to the other services."""
