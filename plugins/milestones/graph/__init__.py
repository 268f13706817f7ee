"""What follows from the dependencies between documents: order, cycles, paths, pictures."""
