"""Secrets by reference: what may stand in a configuration, and where the value comes from."""
