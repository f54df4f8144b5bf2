"""Models of this machine, kept off the event loop: in processes of their own, fed with small batches."""
