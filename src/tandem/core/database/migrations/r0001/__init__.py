"""The parts of version 0001; like its file in ``versions`` they never change once released."""
