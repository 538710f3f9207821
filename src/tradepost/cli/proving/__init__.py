"""What the proofs share, and each proof: real load on a database of its own, and a verdict to the last penny."""
