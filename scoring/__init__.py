"""The rules of a city credit score, as pure values and functions.

No I/O beyond reading the packaged scheme files, no clock, no randomness: time is
always an argument. Start reading at `scoring.engine.assess`.
"""
