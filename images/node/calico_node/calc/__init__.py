"""From a snapshot and a host's name to the desired state of that host: pure functions, one question a file."""
