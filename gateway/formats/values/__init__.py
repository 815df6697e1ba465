"""One item's value: bytes to the canonical value and back."""
