"""People from CSV: what is read, every fault by its line, whole or not at all."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.people import slow_hash
from tools.edgemesh.people.people_csv import COLUMNS, MAX_ROWS, Fault, parse
from tools.edgemesh.people.people_import import Imported, import_people
from tools.edgemesh.storage.records import User
from tools.edgemesh.storage.stores import StoreError

HEAD = "user,language,badge,pin,stations,auto_release\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as Argon2id knows: what is tested here is not its slowness."""
    monkeypatch.setattr(slow_hash, "ITERATIONS", 1)
    monkeypatch.setattr(slow_hash, "MEMORY_KIB", 8)


def faults(text: str) -> list[Fault]:
    return list(parse(text.encode()).faults)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_forms_that_spreadsheets_write(mark: str, separator: str, end: str) -> None:
    lines = ["User,Badge,Auto_Release,Stations", '"von Bölz, Ada",04:A1,no,', 'ben,0477AA11,,"lobby hall"', ""]
    text = mark + end.join(lines).replace(",", separator).replace("Bölz" + separator, "Bölz,").replace(":", "b0")
    found = parse(text.encode())
    assert found.faults == ()
    assert [row.user for row in found.rows] == [
        User("von Bölz, Ada", auto_release=False),
        User("ben", stations=("lobby", "hall")),
    ]
    assert [row.badge for row in found.rows] == ["04b0a1", "0477aa11"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (",en,0477,,,", "user"),
        ("ada,en_US!,0477,,,", "language"),
        ("ada,en,04-77,,,", "badge"),
        ("ada,en,08a1b2c3,,,", "badge"),
        ("ada,en,0477,1234,,", "pin"),
        ("ada,en,04778135,8135,,", "pin"),
        ("ada,en,0477,,../etc,", "stations"),
        ("ada,en,0477,,,maybe", "auto_release"),
        ("ada,en,0477", "columns"),
        ("ada,en,0477,,,,,", "columns"),
        ("bob,en,0499,,,", "another person's"),
        ("zoe,de,,,,", "something else"),
        ("zoe,en,0499,,,", "the same"),
        ("zoe,en,,,,", "the same"),
        (f"ada,en,{'0' * 5000},,,", "too long"),
    ],
)
def test_every_fault_is_named_with_its_line_and_without_its_values(line: str, what: str) -> None:
    (fault,) = faults(f"{HEAD}zoe,en,0499,,,\n\n{line}\nkim,en,0488,,,\n")
    assert fault.line == 4
    assert what in fault.what
    assert not [value for value in line.split(",") if len(value) > 3 and value in fault.what]


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"", 1),
        (b"name,badge\nada,0477\n", 1),
        (b"user,user\n", 1),
        (b"user,salary\n", 1),
        (b"user\nada\n\xff\xfe\n", 3),
        (b'user\nada\n"un"closed\n', 3),
        (b'user\nada\n"unclosed\nben\n', 3),
        (b"user\n" + b"ada\n" * (MAX_ROWS + 1), MAX_ROWS + 2),
    ],
)
def test_what_is_no_table_of_ours(raw: bytes, line: int) -> None:
    found = parse(raw)
    assert found.faults[-1].line == line


def test_a_person_may_have_several_badges() -> None:
    found = parse(f"{HEAD}ada,en,0477,,,\nada,en,0488,,,\n".encode())
    assert (found.faults, [row.badge for row in found.rows]) == ((), ["0477", "0488"])


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_faults(raw: bytes) -> None:
    for table in (raw, HEAD.encode() + raw):
        found = parse(table)
        assert all(fault.line >= 1 for fault in found.faults)
        assert len({(row.user.user_id, row.badge) for row in found.rows}) == len(found.rows)


ROWS = st.lists(
    st.tuples(
        st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12),
        st.from_regex(r"04[0-9a-f]{6}", fullmatch=True),
        st.booleans(),
    ),
    unique_by=(lambda row: row[0], lambda row: row[1]),
    max_size=20,
)


@given(ROWS, st.sampled_from([",", ";"]), st.sampled_from(["", "\ufeff"]), st.permutations(COLUMNS))
def test_what_a_csv_writer_wrote_is_read(rows: list[Any], separator: str, mark: str, columns: list[str]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=separator, restval="")
    writer.writeheader()
    for user, badge, auto in rows:
        writer.writerow({"user": user, "badge": badge, "auto_release": "yes" if auto else "no"})
    found = parse((mark + out.getvalue()).encode())
    assert found.faults == ()
    assert [(row.user.user_id, row.badge, row.user.auto_release) for row in found.rows] == rows


def test_a_file_is_imported_whole_and_people_tap_with_it() -> None:
    async def story() -> None:
        site = MemorySite()
        desk = site.mesh.roles.vault.desk
        found = parse(f"{HEAD}bob,de,04778811,,,no\nkim,en,04778812,471108,,\n".encode())
        assert import_people(desk, found.rows, found.faults) == Imported(2, 2, 1, ())
        assert (await site.station.tap("04778811")).expect(201)["language"] == "de"
        assert (await site.station.tap("04778812")).code == "pin-required"
        assert import_people(desk, found.rows, found.faults) == Imported(2, 2, 1, ())  # once more changes nothing
        assert len(site.mesh.desk_store.badges()) == 3

    run(story())


def test_one_fault_keeps_everything_out_unless_it_is_to_be_skipped() -> None:
    async def story() -> None:
        site = MemorySite()
        desk, store = site.mesh.roles.vault.desk, site.mesh.desk_store
        found = parse(f"{HEAD}bob,de,04778811,,,\nkim,en,{BADGE},,,\neve,en,!,,,\n".encode())
        taken = Fault(3, "the badge is another person's already")
        refused = import_people(desk, found.rows, found.faults)
        assert (refused.people, [fault.line for fault in refused.faults]) == (0, [4])
        assert import_people(desk, found.rows).faults == (taken,)
        assert [user.user_id for user in store.users()] == ["ada"]
        done = import_people(desk, found.rows, found.faults, skip_faulty=True)
        assert ([fault.line for fault in done.faults], done.badges) == ([3, 4], 1)
        assert desk.holder(BADGE) == User("ada")

    run(story())


def test_absent_columns_lift_no_restriction_and_empty_cells_say_the_usual() -> None:
    async def story() -> None:
        site = MemorySite()
        desk, store = site.mesh.roles.vault.desk, site.mesh.desk_store
        strict = User("ada", "de", auto_release=False, idle_seconds=9, stations=("lobby",))
        store.put_user(strict)
        import_people(desk, parse(b"user,badge\nada,0477aa11\n").rows)
        assert store.user("ada") == strict
        import_people(desk, parse(b"user,language,stations\nada,fr,\n").rows)
        assert store.user("ada") == User("ada", "fr", auto_release=False, idle_seconds=9)
        import_people(desk, parse(b"user,auto_release\nada,\nbob,\n").rows)
        assert store.user("ada") == User("ada", "fr", idle_seconds=9)
        assert store.user("bob") == User("bob", since=site.clock.now().replace(microsecond=0))

    run(story())


def test_a_store_that_fails_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        site = MemorySite()

        def fail(*_arguments: object) -> None:
            raise StoreError("full")

        monkeypatch.setattr(site.mesh.desk_store, "put_people", fail)
        with pytest.raises(StoreError):
            import_people(site.mesh.roles.vault.desk, parse(f"{HEAD}bob,,,,,\n".encode()).rows)
        assert site.mesh.desk_store.user("bob") is None

    run(story())


def test_a_hundred_thousand_rows_are_read_in_linear_work() -> None:
    raw = (HEAD + "".join(f"user{number},en,04{number:08x},,,\n" for number in range(100_000))).encode()
    found = parse(raw)
    assert (len(found.rows), found.faults) == (100_000, ())
