"""What every store of bodies promises: whole and durable, or not there."""

import hashlib

from tools.edgemesh.storage.bodies import BodyStore

BODY = bytes(range(256)) * 10


def keep(bodies: BodyStore, job_id: str, body: bytes) -> str:
    sink = bodies.begin(job_id)
    sink.write(body[:7])
    sink.write(body[7:])
    digest = sink.sync()
    sink.commit()
    sink.abort()
    return digest


def test_a_body_is_read_back_anywhere(bodies: BodyStore) -> None:
    assert keep(bodies, "a", BODY) == hashlib.sha256(BODY).hexdigest()
    opened = bodies.open("a")
    assert opened is not None
    assert (opened.size, opened.read(0, 10**6), opened.read(250, 10)) == (len(BODY), BODY, BODY[250:260])
    assert opened.read(len(BODY), 10) == b""
    opened.close()
    opened.close()
    assert dict(bodies.sizes()) == {"a": len(BODY)}


def test_nothing_is_there_before_commit(bodies: BodyStore) -> None:
    sink = bodies.begin("a")
    sink.write(BODY)
    sink.sync()
    assert (bodies.open("a"), dict(bodies.sizes())) == (None, {})
    sink.abort()
    sink.abort()
    assert dict(bodies.sizes()) == {}


def test_an_aborted_sink_takes_no_more_and_leaves_nothing(bodies: BodyStore) -> None:
    sink = bodies.begin("a")
    sink.write(BODY)
    sink.abort()
    sink.write(BODY)
    sink.abort()
    assert bodies.open("a") is None


def test_the_last_of_several_uploads_stands(bodies: BodyStore) -> None:
    first, second = bodies.begin("a"), bodies.begin("a")
    first.write(b"first")
    second.write(b"second")
    for sink in (first, second):
        sink.sync()
        sink.commit()
    opened = bodies.open("a")
    assert opened is not None
    assert opened.read(0, 99) == b"second"
    opened.close()


def test_a_removed_body_stays_readable_for_those_who_have_it_open(bodies: BodyStore) -> None:
    keep(bodies, "a", BODY)
    opened = bodies.open("a")
    assert opened is not None
    bodies.remove("a")
    bodies.remove("a")
    assert (bodies.open("a"), opened.read(0, 4)) == (None, BODY[:4])
    opened.close()


def test_a_sweep_keeps_whole_bodies_only(bodies: BodyStore) -> None:
    keep(bodies, "a", BODY)
    cut_off = bodies.begin("b")
    cut_off.write(BODY)
    bodies.sweep()
    cut_off.abort()
    assert dict(bodies.sizes()) == {"a": len(BODY)}
    assert bodies.free() > 0
