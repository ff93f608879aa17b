"""What lossgeo takes for its work, beside the plain loops that a researcher would write: ``python -m benchmarks``."""
