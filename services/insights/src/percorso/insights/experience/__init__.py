"""Experience: what services are like to those who need them, counted while it happens."""
