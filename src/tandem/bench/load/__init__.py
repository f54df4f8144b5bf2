"""Asking servers: requests as ready bytes, sent in a closed loop or at fixed times, and what came back."""
