"""GraphQL over HTTP, sockets and event streams, uploads, and the one client in the process."""
