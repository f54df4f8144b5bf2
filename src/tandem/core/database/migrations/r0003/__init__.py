"""The parts of version 0003; like its file in ``versions`` they never change once released."""
