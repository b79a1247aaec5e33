"""What Kiln does on the box: the seed becomes a k0s node, and its state can be seen."""
