"""Disputes: filing, the desk's work, deadlines that decide for the citizen.

`service` is the citizen's side, `desk` the desk's, `eyes` tells people apart, `steps` moves one
dispute, `documents` finds and opens them, `views` maps.
"""
