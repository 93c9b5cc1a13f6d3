"""Disputes: filing, the desk's work, deadlines that decide for the citizen.

`service` is the citizen's side, `desk` the desk's, `steps` moves one dispute, `documents`
finds and opens them, `views` maps.
"""
