"""The pages: who may see them, what they refuse, and that they add up."""
