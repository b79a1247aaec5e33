#!/bin/sh
# A controller that joined.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'k0s runs as a controller' systemctl is-active k0scontroller
refuse 'k0s runs as a worker alone' systemctl is-active k0sworker
expect 'the token is for root alone' sh -c 'stat -c "%a %U" /etc/k0s/token | grep -qx "600 root"'
expect 'the cluster has two members' sh -c \
  'k0s etcd member-list 2>/dev/null | grep -o "https*://[0-9.]*" | sort -u | wc -l | grep -qx 2'
finish
