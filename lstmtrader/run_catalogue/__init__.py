"""What lies in a folder of runs: read, found by name, and set side by side."""
