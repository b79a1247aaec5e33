#!/bin/sh
# A single node that works, with everything its seed asked for.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
# login USER COMMAND…: over SSH, with the key of the seed's user.
login() {
  user=$1
  shift
  ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes \
    -o LogLevel=ERROR -i /run/kiln-remote/key "$user@127.0.0.1" "$@"
}
(umask 077 && echo "$KEY" >/run/kiln-remote/key)

expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'health is reached' systemctl is-active kiln-health.target
expect 'k0s runs as a controller' systemctl is-active k0scontroller
refuse 'k0s runs as a worker' systemctl is-active k0sworker
expect 'kiln-status is content' kiln-status
expect 'k0s says that it is a single node' sh -c 'k0s status -o json 2>/dev/null | grep -q "\"SingleNode\": *true"'
expect 'the cluster has the CA of the seed' test -s /var/lib/k0s/pki/ca.crt

expect 'the configuration is for root alone' sh -c 'stat -c "%a %U" /etc/k0s/k0s.yaml | grep -qx "600 root"'
expect 'the status is for all' sh -c 'stat -c %a /run/kiln/status.json | grep -qx 644'
expect 'the remembered seed is for root alone' sh -c \
  'test -z "$(find -L /var/lib/kiln/seed ! -perm 0600 ! -type d -o ! -user root)" && stat -Lc %a /var/lib/kiln/seed | grep -qx 700'
expect_no_secrets

expect 'the name is that of the seed' sh -c 'hostname | grep -qx s1'
expect 'the user of the seed is there' id -u ada
expect 'the user logs in with the key of the seed' login ada test -O /home/ada
refuse 'root logs in with the key of the user' login root true
expect 'files of the seed are written' grep -qx 'site of s1' /etc/site.conf
expect 'with their mode' sh -c 'stat -c %a /etc/site.conf | grep -qx 640'
expect 'the time zone is that of the seed' sh -c 'readlink /etc/localtime | grep -q Zurich'
expect 'runcmd has run once' sh -c 'tr "\n" " " </var/lib/runs | grep -qx "s1 "'
expect 'that packages are not installed is told' grep -q 'immutable' /run/kiln/status.json
finish
