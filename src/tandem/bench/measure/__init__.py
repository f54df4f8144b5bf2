"""What a server costs and how figures of several rounds become one."""
