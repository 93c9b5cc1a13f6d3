"""Scores: assess a citizen, keep the history, and say what would be."""
