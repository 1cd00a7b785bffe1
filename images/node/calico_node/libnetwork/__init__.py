"""Docker's remote network and IPAM driver on a unix socket."""
