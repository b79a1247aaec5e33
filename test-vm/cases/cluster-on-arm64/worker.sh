#!/bin/sh
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'k0s runs' systemctl is-active k0sworker
expect 'the kubelet has an identity' test -s /var/lib/k0s/kubelet.conf
expect 'one card has the static address' sh -c 'ip -br addr show lan | grep -q 10.8.0.21/24'
expect 'the other has one of DHCP' sh -c 'ip -o addr show out | grep -q "10.0.2.15/24.*dynamic"'
finish
