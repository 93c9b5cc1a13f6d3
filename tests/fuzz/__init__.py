"""Fuzzing with coverage as a guide: programs that run for as long as they are told."""
