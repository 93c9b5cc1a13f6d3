"""The register of residents as the city delivers it."""
