"""From text to models: YAML with places, faults that say where, overrides and the writer; knows no study."""
