"""The `camera-skill` command, for the local world and for a deployed stack alike."""
