#!/bin/sh
# Writes the hashed requirement files: run.txt is what the demo needs, test.txt adds the test tools and the drivers of
# devices whose packages are compiled where they are installed (evdev, pyscard), image.txt is what a board's image holds.
set -eu
cd "$(dirname -- "$0")/../.."
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        --no-annotate "$@"
}
compile pyproject.toml tools/requirements/build.in \
    --extra discovery --extra ipp --extra nfc --extra panel --extra serial --extra slip -o tools/requirements/run.txt
compile pyproject.toml tools/requirements/build.in --all-extras --group dev -o tools/requirements/test.txt \
    -c tools/requirements/run.txt
compile pyproject.toml --all-extras -o tools/requirements/image.txt -c tools/requirements/test.txt
