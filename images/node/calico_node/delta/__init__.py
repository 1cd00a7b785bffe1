"""The ordered difference between what is wanted and what is there, for any key and value."""
