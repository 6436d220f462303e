"""Links as journey needs them: which subjects are one citizen."""
