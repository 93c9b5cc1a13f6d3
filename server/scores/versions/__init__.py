"""Versions of the city's folder: proposed by one steward, approved by another, in force from a day on."""
