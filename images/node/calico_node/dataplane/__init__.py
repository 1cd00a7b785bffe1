"""Drivers, one a subsystem: each reads what is there and applies what differs."""
