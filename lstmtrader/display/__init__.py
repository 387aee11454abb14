"""What a notebook shows of an object: small tables and pictures, as HTML without scripts."""
