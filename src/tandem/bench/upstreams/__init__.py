"""Servers that stand in for other people's services, on real sockets, for tests and measurements."""
