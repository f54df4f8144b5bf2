"""The parts of version 0002; like its file in ``versions`` they never change once released."""
