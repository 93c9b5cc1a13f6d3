"""Enrolment: who takes part, by which consent, and how they leave.

`binding` ties an identity to a contact, `register` is the city's register of residents,
`service` is consent, optional items, the access log, leaving and unlinking.
"""
