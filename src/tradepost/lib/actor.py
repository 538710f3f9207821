"""Who acts, through which face, with which rights. Built by a face from the login, never from what was sent."""

from dataclasses import dataclass, field

from tradepost.lib.errors import Denied

CUSTOMER, STAFF, MANAGER, ADMIN, AUDITOR = "customer", "staff", "manager", "admin", "auditor"
PER_STORE = (STAFF, MANAGER)
WHOLE_HOUSE = (ADMIN, AUDITOR)

Grant = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a machine at work. `grants` are (role, store id), the store None for roles of the whole house."""

    user_id: int
    name: str
    face: str
    request_id: str = ""
    grants: frozenset[Grant] = field(default_factory=frozenset)

    @property
    def is_admin(self) -> bool:
        """Whether the actor may do everything an administrator may."""
        return (ADMIN, None) in self.grants

    @property
    def reads_all(self) -> bool:
        """Whether the actor may read everything: administrators and auditors."""
        return self.is_admin or (AUDITOR, None) in self.grants

    def is_manager(self, store_id: int) -> bool:
        """Whether the actor manages this store."""
        return self.is_admin or (MANAGER, store_id) in self.grants

    def is_staff(self, store_id: int) -> bool:
        """Whether the actor works in this store; a manager does."""
        return self.is_manager(store_id) or (STAFF, store_id) in self.grants

    def reads_store(self, store_id: int) -> bool:
        """Whether the actor may read what happens in this store."""
        return self.reads_all or self.is_staff(store_id)

    def stores(self) -> frozenset[int]:
        """The stores the actor has a role in (an administrator has one in all, which this does not list)."""
        return frozenset(store_id for role, store_id in self.grants if store_id is not None and role in PER_STORE)

    @property
    def works_somewhere(self) -> bool:
        """Whether the actor has any role besides being a customer."""
        return bool(self.grants)

    def require_admin(self) -> None:
        """Raises Denied unless an administrator acts."""
        if not self.is_admin:
            raise Denied("This takes an administrator")

    def require_manager(self, store_id: int) -> None:
        """Raises Denied unless the actor manages the store."""
        if not self.is_manager(store_id):
            raise Denied("This takes a manager of the store")

    def require_staff(self, store_id: int) -> None:
        """Raises Denied unless the actor works in the store."""
        if not self.is_staff(store_id):
            raise Denied("This takes somebody who works in the store")

    def require_work(self) -> None:
        """Raises Denied unless the actor has a role: what is said among those who work is not for customers."""
        if not self.works_somewhere:
            raise Denied("This is for those who work here")

    def require_auditor(self) -> None:
        """Raises Denied unless the actor may read everything."""
        if not self.reads_all:
            raise Denied("This takes an auditor or an administrator")
