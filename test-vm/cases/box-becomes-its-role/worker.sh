#!/bin/sh
# The same box with another seed, as a worker: nothing of the single node is left.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'k0s runs as a worker' systemctl is-active k0sworker
refuse 'k0s runs as a controller' systemctl is-active k0scontroller
expect 'the name is that of the new seed' sh -c 'hostname | grep -qx w1'
expect 'the token is for root alone' sh -c 'stat -c "%a %U" /etc/k0s/token | grep -qx "600 root"'
expect 'a worker has no configuration of a controller' test ! -e /etc/k0s/k0s.yaml
expect 'nothing of the old cluster is left' sh -c '! find /var/lib/k0s* -name "*.key" | grep .'
expect 'files are those of the new seed' grep -qx 'site of w1' /etc/site.conf
expect 'runcmd has run for each instance' sh -c 'tr "\n" " " </var/lib/runs | grep -qx "s1 w1 "'
expect 'kiln-status tells the problem' sh -c 'kiln-status | grep -q 10.0.2.99'
expect_no_secrets
finish
