"""Jobs, their keys, the store of their results and the runner; knows nothing of networks."""
