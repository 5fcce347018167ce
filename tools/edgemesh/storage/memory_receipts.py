"""The vault's receipts in memory, for simulations: durable for as long as the object lives."""

from collections.abc import Sequence
from datetime import datetime

from tools.edgemesh.storage.records import KeptReceipt


class MemoryReceipts:
    """`stores.ReceiptStore`."""

    def __init__(self) -> None:
        self._receipts: dict[tuple[str, int], KeptReceipt] = {}

    def put(self, receipt: KeptReceipt) -> None:
        self._receipts.setdefault((receipt.release_id, receipt.sequence), receipt)

    def get(self, release_id: str, sequence: int) -> KeptReceipt | None:
        return self._receipts.get((release_id, sequence))

    def of_job(self, job_id: str) -> Sequence[KeptReceipt]:
        return [one for one in self._receipts.values() if one.job_id == job_id]

    def forget_owner(self, owner: str) -> None:
        self._receipts = {name: one for name, one in self._receipts.items() if one.owner != owner}

    def drop(self, before: datetime) -> None:
        self._receipts = {name: one for name, one in self._receipts.items() if one.since >= before}
