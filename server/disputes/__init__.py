"""Disputes: filing, the desk's work, deadlines that decide for the citizen.

`service` implements the use cases, `steps` moves one dispute, `views` maps.
"""
