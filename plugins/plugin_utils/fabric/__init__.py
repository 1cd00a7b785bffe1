"""The fabric that the hosts' BGP belongs to, as the inventory says: both ends of each session from one description.

reading <- checks <- resources, routers <- plans. Pure; used by the filter ``fabric_plan``.
"""
