"""The two journals, money and goods, and the one engine that writes them. Correct by adding, never by editing."""
