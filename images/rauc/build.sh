#!/bin/sh
# Debian's own package of RAUC for the boards, with our patch: build.sh FOLDER, which holds the three files of
# sources.txt and gets the package. Run in the tools' Debian.
set -eu
folder=$1
recipe=$(dirname "$(readlink -f "$0")")
cd "$folder"
rm -rf tree
dpkg-source --no-check --extract rauc_*.dsc tree >/dev/null
cd tree
cp "$recipe/dm-status-words.patch" debian/patches/
echo dm-status-words.patch >>debian/patches/series
cat "$recipe/changelog" debian/changelog >debian/changelog.new
mv debian/changelog.new debian/changelog
# The tools' packages are those of images/tools/packages.txt; its tests are for a machine that can run what it builds.
DEB_BUILD_OPTIONS='nocheck noautodbgsym parallel=2' \
    dpkg-buildpackage --host-arch arm64 --build=any --build-profiles=cross,nocheck --no-check-builddeps \
    --unsigned-changes
cd ..
rm -rf tree ./*.buildinfo ./*.changes
