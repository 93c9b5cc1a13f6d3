"""Documents within limits, compiled and run."""
