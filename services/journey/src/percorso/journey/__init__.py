"""The timeline: touchpoints stitched per citizen."""
