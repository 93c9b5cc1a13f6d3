"""Enrolment: who takes part, by which consent, how they take their data and how they leave."""
