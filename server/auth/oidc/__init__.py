"""OpenID Connect as staff and citizens use it: one provider each, and us as its client."""
