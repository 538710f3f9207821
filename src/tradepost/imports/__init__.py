"""Files of products and opening stock: looked at first, then worked off row by row, each row once."""
