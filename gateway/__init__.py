"""Linkage Gateway: relays data between legacy and standardized systems, and switches the format of each route."""
