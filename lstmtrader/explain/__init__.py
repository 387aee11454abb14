"""What a trained network looks at and remembers: gates, memory, attribution, gradients."""
