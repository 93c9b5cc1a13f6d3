"""What answers over HTTP: GraphQL, the WeChat callback, the desk, the simulator, health."""
