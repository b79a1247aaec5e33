# In a box that was started over the network, with two disks that were both made ready for /var.
expect '/var is in memory' test "$(findmnt --noheadings --output FSTYPE /var)" = tmpfs
expect 'the initrd tells why' sh -c 'dmesg | grep "kiln: /var stays in memory: several partitions are called kiln-var"'
expect 'kiln-status tells why' sh -c 'kiln-status | tr -s "\n " " " | grep "/dev/nvme[01]n1p1 and /dev/nvme[01]n1p1 are both called kiln-var"'
refuse 'k0s was started' sh -c 'ls /run/kiln/k0s.env || systemctl is-active k0scontroller.service'
finish
