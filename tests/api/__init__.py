"""The API as programs see it: requests in, answers out, and what stands in the books afterwards."""
