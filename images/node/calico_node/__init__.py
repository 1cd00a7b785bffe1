"""What runs on every host, in layers: snapshot <- calc <- render <- dataplane <- agent."""

VERSION = "0.1.0"  # the collection's, in galaxy.yml
