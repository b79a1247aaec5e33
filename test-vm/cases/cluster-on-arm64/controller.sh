#!/bin/sh
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'the machine is arm64' sh -c 'uname -m | grep -qx aarch64'
expect 'verity has found nothing wrong' sh -c 'dmsetup status root | grep -q " V$"'
expect 'k0s runs' systemctl is-active k0scontroller
expect 'the card has the static address' sh -c 'ip -br addr show lan | grep -q 10.8.0.11/24'
finish
