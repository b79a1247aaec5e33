# In a box that was started over the network. $NAME is what its seed calls it.
expect 'the root is verified' sh -c 'dmsetup status root | grep -q "verity V"'
expect 'the root is in memory' sh -c 'losetup --noheadings --output BACK-FILE /dev/loop0 | grep -q root.squashfs'
expect '/var is in memory' test "$(findmnt --noheadings --output FSTYPE /var)" = tmpfs
expect 'kiln-status says so' sh -c 'kiln-status | grep -q "in memory"'
expect 'the seed was got' test "$(hostname)" = "$NAME"
expect 'the blank disk is blank' sh -c 'test "$(head -c 4M /dev/vda | tr -d "\0" | wc -c)" = 0'
silent 'no unit has failed' systemctl list-units --failed --plain --no-legend
finish
