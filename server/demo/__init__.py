"""The demo: a synthetic city, seeded so that two runs on one day agree.

Every person is made up; ID numbers use the unassigned region codes 350199 and 350299.
"""
