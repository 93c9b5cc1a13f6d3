"""The register of residents, as keyed digests."""
