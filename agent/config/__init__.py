"""The YAML file: what may stand in it, and where it is wrong."""
