"""The stores of the house. Everybody who is logged in may know them; an administrator changes them."""
