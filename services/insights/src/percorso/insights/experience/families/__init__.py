"""The definitions of metrics, one file for each family; `definitions.py` lists them."""
