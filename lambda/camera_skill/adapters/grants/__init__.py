"""Grants: how they come from Login with Amazon, are kept encrypted, and are refreshed by one instance at a time."""
