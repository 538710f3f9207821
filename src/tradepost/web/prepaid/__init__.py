"""Prepaid: the seller's counter, credit and statement; the sellers and their proof for who keeps them."""
