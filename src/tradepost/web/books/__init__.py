"""Pages of the books: postings, accounts, proof, audit log and day reports. They read and never write."""
