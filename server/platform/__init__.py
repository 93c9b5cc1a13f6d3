"""What every feature stands on; imports run one way inside as well (README)."""
