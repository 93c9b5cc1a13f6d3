"""Dialogs: flows that read top to bottom like the conversation they hold.

`flow` has the words that flows are written in, `engine` takes a turn, and `flows` holds
the flows themselves.
"""
