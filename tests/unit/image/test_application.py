"""How the application's wheels are laid into the image."""

import zipfile
from pathlib import Path

from tools.image.application import unpack

RECORD = "firmware/a.py,sha256=x,1\ntools/b.py,sha256=y,1\nlockgate-1.dist-info/RECORD,,\n"


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return folder / name


def test_of_our_own_wheel_only_the_product_ships_and_its_record_says_so(tmp_path: Path) -> None:
    files = {"firmware/a.py": "1", "tools/b.py": "1", "lockgate-1.dist-info/RECORD": RECORD}
    unpack([wheel(tmp_path, "lockgate-1-py3-none-any.whl", files)], tmp_path / "there")
    assert not (tmp_path / "there" / "tools").exists()
    record = (tmp_path / "there" / "lockgate-1.dist-info" / "RECORD").read_text()
    assert record == "firmware/a.py,sha256=x,1\nlockgate-1.dist-info/RECORD,,\n"


def test_of_other_wheels_everything_ships_with_the_same_modes(tmp_path: Path) -> None:
    files = {"six.py": "1", "six-1.dist-info/RECORD": "six.py,,\nsix-1.dist-info/RECORD,,\n"}
    unpack([wheel(tmp_path, "six-1-py3-none-any.whl", files)], tmp_path / "there")
    assert (tmp_path / "there" / "six.py").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "there" / "six-1.dist-info" / "RECORD").read_text() == files["six-1.dist-info/RECORD"]
