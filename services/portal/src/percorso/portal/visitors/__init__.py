"""Browsers before anybody logs in: the code by which an agency's site knows them."""
