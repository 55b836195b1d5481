"""`camera-skill cameras import`: many cameras from a file (docs/import.md)."""
