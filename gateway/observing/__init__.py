"""What people see of the gateway: the book of alarms, messages, figures, the day on one page."""
