"""When the node acts, and in what order."""
