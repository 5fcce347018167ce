"""The file that is written to a card: all partitions in one image, the data partition empty: a box makes its own."""

import shutil
from pathlib import Path

from tools.image.layout import genimage_config
from tools.image.workplace import Workplace

IMAGE = "station.img"


def make_disk(place: Workplace) -> Path:
    """Put the partitions together, and compress the whole besides. Raises `ImageError`."""
    config = place.out / "genimage.cfg"
    config.write_text(genimage_config(IMAGE))
    empty, scratch = place.out / "empty", place.out / "scratch"
    for folder in (empty, scratch):
        shutil.rmtree(folder, ignore_errors=True)
    empty.mkdir()
    paths = ["--rootpath", place.inside(empty), "--tmppath", place.inside(scratch)]
    paths += ["--inputpath", place.inside(place.out), "--outputpath", place.inside(place.out)]
    place.run("genimage", *paths, "--config", place.inside(config))
    for folder in (empty, scratch):
        shutil.rmtree(folder, ignore_errors=True)
    image = place.out / IMAGE
    place.run("zstd", "-q", "-f", "-T2", "-9", place.inside(image), "-o", f"{place.inside(image)}.zst")
    return image
