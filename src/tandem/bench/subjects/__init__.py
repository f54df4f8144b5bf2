"""What is measured: our services, the old ones the old way, and others, each a server with an address."""
