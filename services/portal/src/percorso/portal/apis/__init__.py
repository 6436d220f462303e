"""The other services, as their documented APIs give them."""
