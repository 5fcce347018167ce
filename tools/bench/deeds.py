"""What each command of the vocabulary (hal/sim/commands.py) does to a simulated world."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from hal.sim import printer_commands
from hal.sim.commands import Command, Computer, JumpClock, Plain, Wait
from hal.sim.commands_office import (
    Delegate,
    EndDelegations,
    IssueCode,
    Restore,
    RestorePart,
    Revocable,
    Revoke,
    SetCardPolicy,
    SetPin,
    WithdrawPart,
)
from hal.sim.commands_person import Associate, CameOut, Choose, EnterPin, HoldCard, Submit, TapBadge
from hal.sim.storage import StorageFault
from tools.bench import network, person
from tools.bench.site import CannotDoError

if TYPE_CHECKING:
    from tools.bench.world import World

DISK = {
    Plain.DISK_FULL: StorageFault.FULL,
    Plain.DISK_FAILING: StorageFault.IO_ERROR,
    Plain.DISK_READ_ONLY: StorageFault.READ_ONLY,
    Plain.DISK_OK: None,
}


async def perform(world: "World", command: Command) -> None:
    """Carry out a command at this very moment; only `wait` takes time. Raises `CannotDoError`."""
    if printer_commands.obey(world.printer, command) or network.obey(world.network, command):
        return
    match command:
        case Wait(seconds):
            await world.clock.sleep(seconds)
        case Submit(pages, user, sides):
            await world.client.submit(pages, user, sides)
        case TapBadge(text):
            world.tap(text)
        case WithdrawPart(part):
            world.site.withdraw(part)
        case RestorePart(part):
            world.site.restore(part)
        case JumpClock(computer, seconds):
            world.computers[computer].jump(seconds)
        case Revoke():
            _revoke(world, command)
        case Plain():
            await _plain(world, command)
        case Restore():
            world.site.let_in(command)
        case _:
            await _person(world, command)


async def _plain(world: "World", command: Plain) -> None:
    if command in DISK:
        world.box.storage.fault = DISK[command]
        return
    match command:
        case Plain.GARBLE_TAP:
            world.box.reader.garble()
        case Plain.UNPLUG_READER:
            world.plug_reader(plugged=False)
        case Plain.PLUG_READER:
            world.plug_reader(plugged=True)
        case Plain.CLOCK_RIGHT:
            world.computers[Computer.STATION].set_right()
        case Plain.MESH_CLOCK_RIGHT:
            world.computers[Computer.MESH].set_right()
        case Plain.CANCEL | Plain.CANCEL_ENTRY | Plain.LOG_OUT | Plain.YES | Plain.NO:
            _at_panel(world, command)
        case _:
            await _PROCESSES[command](world)


async def _start_station(world: "World") -> None:
    world.start_station()


async def _start_mesh(world: "World", *, clock_is_right: bool = False) -> None:
    world.site.start(clock_is_right=clock_is_right)
    world.network.serving = True


async def _kill_mesh(world: "World") -> None:
    await world.site.stop()
    world.network.serving = False
    world.network.break_connections()


_PROCESSES: Mapping[Plain, Callable[["World"], Awaitable[None]]] = {
    Plain.CUT_POWER: lambda world: world.kill_station(power=True),
    Plain.KILL_STATION: lambda world: world.kill_station(),
    Plain.START_STATION: _start_station,
    Plain.KILL_MESH: _kill_mesh,
    Plain.START_MESH: _start_mesh,
    Plain.START_MESH_ANYWAY: lambda world: _start_mesh(world, clock_is_right=True),
}


def _at_panel(world: "World", command: Command) -> None:
    """For somebody in front of the station."""
    if world.life is None:
        raise CannotDoError("the station is not running")
    person.obey(world.life.panel, world.life.post, command)


def _revoke(world: "World", what: Revoke) -> None:
    world.site.revoke(what)
    if what.kind is Revocable.STATION:  # the mesh hangs up on whoever is denied
        world.network.break_connections()


async def _person(world: "World", command: Command) -> None:
    """What people do at the panel and at their computers, and what an administrator does for them."""
    match command:
        case Choose() | CameOut() | EnterPin():
            _at_panel(world, command)
        case Associate(user, code):
            _at_panel(world, Associate(user, code or world.site.code(user)))
        case SetPin(user, pin):
            await world.site.set_pin(user, pin)
        case HoldCard(uid, hand):
            world.hold(uid, hand)
        case SetCardPolicy(policy):
            world.site.set_card_policy(policy)
        case IssueCode(user):
            await world.site.issue_code(user)
        case Delegate(owner, delegate, seconds):
            await world.client.delegate(owner, delegate, seconds)
        case EndDelegations(owner):
            await world.client.end_delegations(owner)
        case _:
            raise CannotDoError("the bench cannot do that")
