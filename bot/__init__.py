"""The conversation: the WeChat protocol and the dialogs. Asks only GraphQL operations.

Start reading at `bot.dialogs.engine.take_turn`, then any of `bot.dialogs.flows`.
"""
