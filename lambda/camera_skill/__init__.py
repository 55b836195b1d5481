"""The Alexa camera backend: what runs in the Lambda functions."""
