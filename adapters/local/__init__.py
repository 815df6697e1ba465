"""Folders of this machine and shares that it has mounted."""
