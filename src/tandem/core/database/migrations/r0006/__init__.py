"""The parts of version 0006; like its file in ``versions`` they never change once released."""
