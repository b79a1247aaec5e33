#!/bin/sh
# A box that the installer has put onto $DISK; its medium is gone.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016

expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'health is reached' systemctl is-active kiln-health.target
expect 'the boot is counted as good' sh -c 'ls /boot/EFI/Linux/*.efi && ! ls /boot/EFI/Linux/*+*.efi'
refuse 'this is an installer' grep -E 'kiln\.(install|medium)' /proc/cmdline
expect 'the firmware started the entry that the installer made' sh -c '
  current=$(efibootmgr | sed -n "s/^BootCurrent: //p")
  efibootmgr | grep -E "^Boot$current\* Kiln\b"'
found=$(lsblk -ndo PKNAME "$(findmnt -no SOURCE /var)")
expect "/var is on $DISK, not on $found" test "$found" = "$DISK"
expect "sectors have $SECTOR_BYTES bytes" test "$(cat "/sys/block/$DISK/queue/logical_block_size")" -eq "$SECTOR_BYTES"
refuse 'there is a seed besides the one that the installer took along' blkid --match-token LABEL=CIDATA
expect 'no disk has a broken partition table' sh -c '! dmesg | grep -iE "gpt:|alternate"'
finish
