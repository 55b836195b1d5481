"""The local world: everything outside the skill that an offer meets. Imports nothing of the product."""
