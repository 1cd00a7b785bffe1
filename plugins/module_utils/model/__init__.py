"""The Calico v3 data model: resources, keys, selectors, validation. Standard library only, no I/O.

Import it under this one path everywhere
(``ansible_collections.calico.docker.plugins.module_utils.model``): imported under a second
name, equal resources compare unequal. Private to this collection.
"""
