# In a box that was started over the network, with /var on its disk. $NAME is what its seed calls it, $DISK and $PARTITION
# the kernel.
expect 'the root came over the network' grep kiln.root= /proc/cmdline
expect '/var is on the disk' test "$(findmnt --noheadings --output SOURCE,FSTYPE /var | tr -s ' ')" = "/dev/$PARTITION ext4"
expect 'no execution of others there' sh -c 'findmnt --noheadings --output OPTIONS /var | grep nosuid,nodev'
expect 'its partition is all that the disk has' test "$(ls -d "/sys/class/block/$DISK"?*)" = "/sys/class/block/$PARTITION"
refuse 'kiln-status warns of it' sh -c 'kiln-status | grep "in memory"'
refuse 'a start that takes it is still waited for' ls /var/.kiln-var
expect 'the seed is remembered' sh -c 'kiln-status | grep "remembered"'
expect 'its name is that of its seed' test "$(hostname)" = "$NAME"
silent 'no unit has failed' systemctl list-units --failed --plain --no-legend
finish
