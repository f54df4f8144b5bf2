"""What a service has been doing lately, over all workers: history of its own counters, told as JSON and as a stream."""
