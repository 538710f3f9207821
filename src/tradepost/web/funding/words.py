"""What requests for money are called on a page."""

STATES = {"pending": "Waiting", "approved": "Approved", "rejected": "Rejected"}
KINDS = {"deposit": "Deposits", "withdrawal": "Withdrawals", "credit": "Credit"}
