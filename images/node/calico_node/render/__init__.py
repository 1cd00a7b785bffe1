"""Desired state in the kernel's and BIRD's terms: nftables objects, routes, bird.conf. Pure."""
