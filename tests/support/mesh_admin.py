"""An administrator of a mesh in memory, by the routes that administrators have."""

from dataclasses import dataclass
from typing import Any, Self

from tests.support.mesh_http import Answer, Wire, send_json
from tests.support.mesh_site import MemorySite
from tools.edgemesh.keys import RoleKeys


@dataclass(frozen=True, slots=True)
class AdminDouble:
    """Acts as `keys`."""

    wire: Wire
    keys: RoleKeys

    @classmethod
    def of(cls, site: MemorySite, admin_id: str = "grace") -> Self:
        """A new administrator of this site."""
        keys = site.mesh.add_admin(admin_id)
        return cls(site.wire(keys), keys)

    async def get(self, path: str) -> dict[str, Any]:
        return (await self.wire.send("GET", path)).expect(200)

    async def post(self, path: str, body: object | None = None) -> Answer:
        return await send_json(self.wire, "POST", path, {} if body is None else body)

    async def delete(self, path: str) -> Answer:
        return await self.wire.send("DELETE", path)

    async def shred(self, job: str) -> None:
        (await self.post(f"/v1/admin/jobs/{job}/shred")).expect(200)

    async def drop(self, job: str, node: str = "node-1") -> None:
        assert (await self.post(f"/v1/admin/holdings/{job}/drop?node={node}")).status == 204

    async def suspend(self, _job: str = "", epoch: int = 1) -> None:
        (await self.post(f"/v1/admin/epochs/{epoch}/state", {"state": "suspended"})).expect(200)

    async def resume(self, epoch: int = 1) -> None:
        (await self.post(f"/v1/admin/epochs/{epoch}/state", {"state": "active"})).expect(200)

    async def rotate(self, held: str = "keep") -> int:
        return int((await self.post("/v1/admin/epochs", {"held": held})).expect(201)["epoch"])

    async def epochs(self) -> dict[int, tuple[str, str]]:
        """State and policy of each."""
        found = await self.get("/v1/admin/epochs")
        return {one["epoch"]: (one["state"], one.get("held", "")) for one in found["epochs"]}
