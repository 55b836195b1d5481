"""Logs and metrics: the only importer of Powertools' Logger and Metrics."""
