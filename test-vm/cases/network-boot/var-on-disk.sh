# In a box that was started over the network, with /var on its disk. $NAME is what its seed calls it.
expect 'the root came over the network' grep kiln.root= /proc/cmdline
expect '/var is on the disk' test "$(findmnt --noheadings --output SOURCE,FSTYPE /var | tr -s ' ')" = '/dev/nvme0n1p1 ext4'
expect 'no execution of others there' sh -c 'findmnt --noheadings --output OPTIONS /var | grep nosuid,nodev'
expect 'its partition is all that the disk has' test "$(ls -d /sys/class/block/nvme0n1p*)" = /sys/class/block/nvme0n1p1
refuse 'kiln-status warns of it' sh -c 'kiln-status | grep "in memory"'
refuse 'it is waited for a start that takes it' ls /var/.kiln-var
expect 'the seed is remembered' sh -c 'kiln-status | grep "remembered"'
expect 'its name is that of its seed' test "$(hostname)" = "$NAME"
silent 'no unit has failed' systemctl list-units --failed --plain --no-legend
finish
