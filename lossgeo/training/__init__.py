"""Training: its options, one step, the loop, and what it leaves behind; of a network, and of any subspace."""
