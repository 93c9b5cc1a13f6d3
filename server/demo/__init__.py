"""The demo: a synthetic city, seeded so that two runs on one day agree.

Every person is made up; ID numbers use a region code that is assigned to no place (`city.toml`).
"""
