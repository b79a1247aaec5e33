# In a box that was started over the network, and whose only disk has data.
expect '/var is in memory' test "$(findmnt --noheadings --output FSTYPE /var)" = tmpfs
expect 'kiln-status tells why' sh -c 'kiln-status | tr -s "\n " " " | grep "var.disk: nvme0n1: has data of a kind that is not known; it is taken only with var.wipe: true"'
refuse 'k0s was started' sh -c 'ls /run/kiln/k0s.env || systemctl is-active k0scontroller.service'
expect 'the disk is as it was' sh -c 'head -c 17 /dev/nvme0n1 | grep "somebody has data"'
finish
