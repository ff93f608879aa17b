"""What several analyses share: surfaces, ways, counts, quantities and records."""
