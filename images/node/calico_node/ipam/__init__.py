"""Address blocks: pure bit work, and the transactions around it."""
