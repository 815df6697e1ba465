"""COBOL copybooks: read, and written out as layouts."""
