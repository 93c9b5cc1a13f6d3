"""Files of records as offices send them."""
