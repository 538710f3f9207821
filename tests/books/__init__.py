"""The books: what they accept, what they refuse, and how they prove that nothing was changed."""
