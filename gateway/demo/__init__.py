"""A sample city on this machine: embedded servers, its senders, and an independent check of what arrived."""
