"""FTP: control and data connections, listings in their dialects, and what mainframes do otherwise."""
