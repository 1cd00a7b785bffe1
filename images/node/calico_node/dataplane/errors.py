"""What can go wrong with the kernel; nothing above the drivers sees an error of a library or of the system."""


class DataplaneError(Exception):
    """A driver could not do its work; the text is for people and names the subsystem."""
