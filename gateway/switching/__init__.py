"""Cutovers while the gateway runs: conditions, flips, people's orders, the way back."""
