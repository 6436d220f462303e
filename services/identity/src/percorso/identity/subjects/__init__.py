"""Subjects: the identifiers by which agencies know a person, and the pseudonyms made of them."""
