"""Quantities and records that several analyses share: surfaces, straight lines between networks, counts."""
