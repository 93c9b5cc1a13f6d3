"""What reporting entities and partners are told by themselves."""
