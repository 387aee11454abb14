"""The proof that nothing leaks: probes over the whole pipeline, the user's own code included."""
