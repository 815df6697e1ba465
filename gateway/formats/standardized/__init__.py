"""Standardized CSV: lines, items and checks, as a profile says."""
