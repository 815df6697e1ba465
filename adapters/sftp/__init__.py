"""SFTP over paramiko's transport, with a window of requests of its own."""
