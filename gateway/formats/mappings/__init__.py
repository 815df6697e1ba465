"""Mappings: what their lines do to values, in either direction, and what is declared lost."""
