"""Charts of what a network looks at and remembers."""
