"""The registry function on real tables, a real signaling service and real things, in a local AWS."""
