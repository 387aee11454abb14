"""Example strategies, one small file each: copy one to write your own."""
