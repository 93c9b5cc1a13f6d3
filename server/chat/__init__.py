"""WeChat messages: each once, on time, in order."""
