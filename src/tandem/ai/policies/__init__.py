"""What surrounds every model call: one policy, one wrapper around an :class:`~tandem.ai.client.AIClient`."""
