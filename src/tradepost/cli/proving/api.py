"""The way in through the API: a program with a token, on a connection it keeps."""

import json
from http.client import HTTPConnection
from typing import Any

from tradepost.cli.proving.served import HOST
from tradepost.cli.proving.tries import SOLD, Charge, Seat

TIMEOUT_S = 60
TRIES, BUSY = 3, 503


class Api:
    """One worker's own connection."""

    def __init__(self, port: int) -> None:
        self.line = HTTPConnection(HOST, port, timeout=TIMEOUT_S)

    def sell(self, charge: Charge) -> str:
        """Sell one charge under its key; the code of what came of it."""
        body = {"seller_id": charge.seat.seller_id, "phone_number": charge.phone_number, "amount": charge.amount}
        status, answer = self.ask("POST", "charge-sales/", charge.seat, body, charge.key)
        for _ in range(TRIES - 1):
            if status == BUSY:
                status, answer = self.ask("POST", "charge-sales/", charge.seat, body, charge.key)
        if status == 201 and answer.get("status") == "success":
            return SOLD
        return str(answer.get("code") or status)

    def ask_for_credit(self, seat: Seat, amount: str) -> int:
        """Ask for credit; the number of the request."""
        body = {"seller": seat.seller_id, "amount": amount}
        return int(self._done("POST", "credit-requests/", seat, body)["id"])

    def approve(self, request_id: int, boss: Seat) -> str:
        """Approve a request for credit; the code of its refusal, or nothing."""
        status, answer = self.ask("POST", f"credit-requests/{request_id}/process/", boss, {"action": "approve"})
        return "" if status == 200 else str(answer.get("code") or status)

    def balance(self, seat: Seat) -> str:
        """The seller's credit."""
        return str(self._done("GET", f"sellers/{seat.seller_id}/balance/", seat)["credit_balance"])

    def reconcile(self, seat: Seat) -> tuple[bool, int]:
        """Whether the seller's journal sums up to the balance, and how many transactions it has."""
        found = self._done("GET", f"sellers/{seat.seller_id}/reconcile/", seat)
        return found["is_reconciled"] is True, int(found["total_transactions"])

    def close(self) -> None:
        """Hang up."""
        self.line.close()

    def ask(self, method: str, path: str, seat: Seat, body: Any = None, key: str = "") -> tuple[int, Any]:
        """The status and the JSON a request is answered with."""
        headers = {"Authorization": f"Token {seat.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        self.line.request(method, f"/api/{path}", None if body is None else json.dumps(body).encode(), headers)
        answer = self.line.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content[:1] in {b"{", b"["} else {}

    def _done(self, method: str, path: str, seat: Seat, body: Any = None) -> Any:
        status, answer = self.ask(method, path, seat, body)
        if status >= 400:
            raise RuntimeError(f"{method} /api/{path} was answered with {status}: {answer}")
        return answer
