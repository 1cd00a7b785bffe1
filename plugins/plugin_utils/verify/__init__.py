"""What a fleet should be and what was seen on it: from the results of play ``verify``'s tasks to one row a check.

rows <- reading <- services, sessions, routes, routers, probes <- report. Pure; used by the filters ``verify_*``.
"""
