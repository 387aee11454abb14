"""From YAML to objects and back; it knows constructors, not experiments."""
