"""What follows from what happens: which reports, and their way to Alexa."""
