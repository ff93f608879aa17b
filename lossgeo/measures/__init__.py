"""Quantities and records that several analyses share: surfaces, straight ways, counts."""
