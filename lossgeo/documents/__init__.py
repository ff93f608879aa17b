"""From text to models: YAML with places, faults with their lines, overrides, and the writer; knows no study."""
