"""What is sealed, found blindly, or signed."""
