"""The types of the schema, and what every floor above says with them."""
