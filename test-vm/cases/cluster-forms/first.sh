#!/bin/sh
# The first controller, with its address in a VLAN on a bond of two cards.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'k0s runs' systemctl is-active k0scontroller
expect 'the bond has both cards' sh -c 'test "$(wc -w </sys/class/net/bond0/bonding/slaves)" = 2'
expect 'the bond is of the kind asked for' grep -q active-backup /sys/class/net/bond0/bonding/mode
expect 'the VLAN has the address' sh -c 'ip -br addr show site | grep -q 10.7.0.11/24'
expect 'the VLAN has its number' sh -c 'ip -d link show site | grep -q "vlan protocol 802.1Q id 7 "'
expect 'the other card is an e1000e' sh -c 'grep -l "DRIVER=e1000e" /sys/class/net/*/device/uevent'
expect 'the cluster has one member' sh -c 'k0s etcd member-list 2>/dev/null | grep -o "https*://[0-9.]*" | sort -u | wc -l | grep -qx 1'
# A virtual address as k0s's keepalived puts it there.
ip address add 10.7.0.10/32 dev site
expect 'networkd restarts' systemctl restart systemd-networkd
expect 'the VLAN is up again' /usr/lib/systemd/systemd-networkd-wait-online -i site --timeout=60
expect 'it has its address still' sh -c 'ip -br addr show site | grep -q " 10.7.0.11/24"'
expect 'and the virtual one' sh -c 'ip -br addr show site | grep -q " 10.7.0.10/32"'
ip address del 10.7.0.10/32 dev site
finish
