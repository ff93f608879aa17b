"""From YAML to a study: reading, validating and writing specs."""
