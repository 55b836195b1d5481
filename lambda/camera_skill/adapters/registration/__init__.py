"""What the registry function needs of AWS: the tables as their writer has them, signaling channels, things."""
