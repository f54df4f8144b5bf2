"""The parts of version 0005; like its file in ``versions`` they never change once released."""
