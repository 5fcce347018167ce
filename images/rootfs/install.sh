#!/bin/sh
# Installs the packages into a root file system whose essential packages are there. mmdebstrap calls it as a customise
# hook: install.sh ROOT; LOCKGATE_PACKAGES has the names, LOCKGATE_RECIPE the folder of this file.
#
# apt and dpkg are the building machine's own, so only the packages' scripts run under emulation; of those, the slow ones
# are replaced while they run, and their work is done natively afterwards.
set -eu
root=$1
# deb-systemd-helper enables units: the image's preset decides that.
stubs='deb-systemd-helper depmod mkinitramfs py3compile systemd-hwdb update-ca-certificates update-initramfs'
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

mkdir -p "$root/etc/initramfs-tools" "$root/etc/default" "$root/boot/firmware" "$root/usr/local/sbin"
printf 'update_initramfs=no\n' >"$root/etc/initramfs-tools/update-initramfs.conf"
printf 'ROOTPART=LABEL=unused\n' >"$root/etc/default/raspi-firmware"
cp "$LOCKGATE_RECIPE/left-out.dpkg" "$root/etc/dpkg/dpkg.cfg.d/lockgate"
cp "$LOCKGATE_RECIPE/left-out.dpkg" /etc/dpkg/dpkg.cfg.d/lockgate-image
trap 'rm -f /etc/dpkg/dpkg.cfg.d/lockgate-image' EXIT
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
for program in $stubs; do
    printf '#!/bin/sh\nexit 0\n' >"$root/usr/local/sbin/$program"
    chmod 755 "$root/usr/local/sbin/$program"
done

# shellcheck disable=SC2086  # the list is words on purpose
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG PATH=$path DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends \
    -o Dpkg::Use-Pty=false -o DPkg::Chroot-Directory=/ -o "DPkg::Path=$path" -o "Dpkg::Options::=--root=$root" \
    -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold install $LOCKGATE_PACKAGES

for program in $stubs; do
    rm "$root/usr/local/sbin/$program"
done
rm -f "$root/usr/sbin/policy-rc.d"
