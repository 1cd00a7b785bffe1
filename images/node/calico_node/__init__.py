"""What runs on every host, in layers: snapshot <- calc <- render <- dataplane <- agent."""
