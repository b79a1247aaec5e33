#!/bin/sh
# The second boot: what belongs to the box is as it was, /etc is as the image has it.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016

expect 'all units have started and none has failed' systemctl is-system-running --wait
expect '/var kept its file' grep -qx kept /var/lib/mark
expect '/etc forgot its file' test ! -e /etc/mark
expect 'the first boot is in the journal' sh -c 'journalctl --list-boots --no-pager | grep -c . | grep -qx "[2-9]"'
expect 'the whole disk is in use' sh -c \
  'test "$(lsblk -nbdo SIZE /dev/vda)" -lt "$(($(lsblk -nrbo SIZE,TYPE /dev/vda | awk "\$2 == \"part\" { sum += \$1 } END { print sum }") + 16777216))"'
expect 'the file system fills its partition' sh -c \
  'test "$(df -B1M --output=size /var | tail -n 1)" -gt "$(($(blockdev --getsize64 "$(findmnt -no SOURCE /var)") / 1048576 * 9 / 10))"'

echo "machine-id=$(cat /etc/machine-id)"
echo "host-key=$(ssh-keygen -lf /var/lib/kiln/ssh/ssh_host_ed25519_key.pub)"
echo "var-mib=$(($(blockdev --getsize64 "$(findmnt -no SOURCE /var)") / 1048576))"
finish
