"""Files as offices send them."""
