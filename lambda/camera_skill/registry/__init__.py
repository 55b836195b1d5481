"""The registry function's rules: which customer has which camera, and how that changes."""
