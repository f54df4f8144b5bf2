"""The small language model of this machine, behind an OpenAI-compatible address of its own process.

Serving processes speak HTTP to it and never import this room: the engine is a hundred megabytes of native code.
"""
