"""The calicoctl command: parse, call, print."""
