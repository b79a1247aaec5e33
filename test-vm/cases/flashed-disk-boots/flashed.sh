#!/bin/sh
# A box whose disk was flashed with its seed on it.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016

expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'health is reached' systemctl is-active kiln-health.target
expect 'the boot is counted as good' sh -c 'ls /boot/EFI/Linux/*.efi && ! ls /boot/EFI/Linux/*+*.efi'
expect 'the name is that of the node' sh -c 'hostname | grep -qx box7'

# The seed
disk=/dev/$(lsblk -ndo PKNAME "$(findmnt -no SOURCE /var)")
seed=$(readlink -f /dev/disk/by-partlabel/cidata)
expect 'the seed is a partition of this disk' sh -c 'test "/dev/$(lsblk -ndo PKNAME "$1")" = "$2"' - "$seed" "$disk"
refuse 'the seed is mounted' findmnt "$seed"
expect 'no user reads it who reads no disks' sh -c 'stat -c "%a %U" "$1" | grep -qx "660 root"' - "$seed"

# Its size: there is no room left but for the alignment of partitions.
bytes=0
for part in $(lsblk -lnbo SIZE,TYPE "$disk" | sed -n 's/ *\([0-9]*\) part/\1/p'); do
  bytes=$((bytes + part))
done
whole=$(blockdev --getsize64 "$disk")
expect 'the disk has all of its bytes' test "$whole" -eq $((9000 * 1048576 + 512))
expect 'partitions take all of the disk' test $((whole - bytes)) -lt $((4 * 1048576))
expect 'they are the ESP, two slots of a root, the seed, and /var' sh -c \
  'test "$(lsblk -lno TYPE "$1" | grep -c part)" -eq 7' - "$disk"
var=$(blockdev --getsize64 "$(findmnt -no SOURCE /var)")
# 9000 MiB without the ESP (512), two roots (2048) and their hash trees (32), the seed (1), and both ends.
expect '/var has what the others leave' test "$((var / 1048576))" -ge 4320 -a "$((var / 1048576))" -le 4327
fs=$(($(stat -fc '%b * %S' /var)))
expect 'its file system fills it' test $((var - fs)) -lt $((var / 20))
silent 'complaints about the partition table' sh -c 'dmesg | grep -iE "gpt:|alternate"'
finish
