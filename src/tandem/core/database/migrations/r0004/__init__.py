"""The parts of version 0004; like its file in ``versions`` they never change once released."""
