"""Benefits, passes, and the yes or no that a partner gets."""
