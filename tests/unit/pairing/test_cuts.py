"""Pairing and leaving that a power cut ends anywhere: paired, or able to go on, with the same keys."""

import pytest

from firmware.pairing import kept
from firmware.pairing.names import BOX_KEY, CA, CHAIN, KEY
from hal.sim import virtual_time
from hal.sim.storage import PowerCutError
from tests.unit.pairing.rig import Box, CuttingKeys


@pytest.mark.parametrize("done_first", [False, True])
@pytest.mark.parametrize("cut_at", range(1, 10))
def test_a_power_cut_leaves_it_paired_or_able_to_go_on(cut_at: int, done_first: bool) -> None:
    keys = CuttingKeys()
    box = Box(keys)
    box.on_code = box.mesh.approve
    keys.cut_at, keys.done_first = cut_at, done_first
    try:
        virtual_time.run(box.pair())
    except PowerCutError:
        first = box.secrets.get(KEY)
        if not kept.is_paired(keys):
            virtual_time.run(box.pair())
        assert first in (None, box.secrets[KEY]), "the same keys"
    assert cut_at <= keys.changes, "nothing was cut"
    kept.tidy(keys)
    assert kept.is_paired(keys)
    assert box.mesh.issued == 1
    assert len(set(box.codes)) == 1
    assert set(box.secrets) == {KEY, BOX_KEY, CHAIN, CA, "pairing.answer"}


@pytest.mark.parametrize("done_first", [False, True])
@pytest.mark.parametrize("cut_at", range(1, 8))
def test_leaving_can_be_cut_and_repeated(cut_at: int, done_first: bool) -> None:
    keys = CuttingKeys()
    box = Box(keys)
    box.on_code = box.mesh.approve
    virtual_time.run(box.pair())
    old = box.secrets[KEY]
    keys.changes, keys.cut_at, keys.done_first = 0, cut_at, done_first
    with pytest.raises(PowerCutError):
        kept.unpair(keys)
    assert (cut_at == 1 and not done_first) or not kept.is_paired(keys)
    kept.unpair(keys)
    assert box.secrets == {}
    virtual_time.run(box.pair())
    assert box.secrets[KEY] != old


def test_a_certificate_of_keys_that_are_gone_does_not_count() -> None:
    box = Box()
    box.on_code = box.mesh.approve
    virtual_time.run(box.pair())
    box.keys.destroy(KEY)
    old = box.secrets[CHAIN]
    virtual_time.run(box.pair())
    assert box.secrets[CHAIN] != old
