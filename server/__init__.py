"""Everything that runs: ASGI app, CLI, MongoDB, auth, web pages, workers.

Start reading at `server.app.build_app`.
"""
