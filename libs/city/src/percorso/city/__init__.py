"""A synthetic city with known truth: invented people, six agencies, and what passes between them."""
