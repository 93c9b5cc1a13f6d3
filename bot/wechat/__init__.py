"""The WeChat protocol: signatures and encryption, messages in, replies out, and the API."""
