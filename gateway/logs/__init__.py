"""How lines are written: JSON, syslog, journald; errors that repeat are counted."""
