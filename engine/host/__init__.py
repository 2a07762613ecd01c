"""The processes of this host, and what they hold."""
