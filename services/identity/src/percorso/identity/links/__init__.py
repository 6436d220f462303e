"""Links: facts that two subjects are one citizen, with their proof."""
