#!/bin/sh
# A box whose first boot was cut off: it is complete, and everything is there once.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'health is reached' systemctl is-active kiln-health.target
# Without line ends: each side may write them in its way.
expect 'the cluster has the CA of the seed' sh -c \
  'test "$(echo "$1" | tr -d "\r\n")" = "$(tr -d "\r\n" </var/lib/k0s/pki/ca.crt)"' - "$AUTHORITY"
expect 'the cluster has one member' sh -c \
  'k0s etcd member-list 2>/dev/null | grep -o "https*://[0-9.]*" | sort -u | wc -l | grep -qx 1'
expect 'no state was set aside' sh -c '! ls -d /var/lib/k0s?* 2>/dev/null | grep .'
expect 'one seed is remembered' sh -c 'ls /var/lib/kiln/seeds | wc -l | grep -qx 1'
expect 'no half file is left' sh -c \
  '! find /etc/k0s /var/lib/kiln /var/lib/k0s/pki /var/lib/k0s/manifests \( -name "*.tmp*" -o -name ".*" -o -size 0 \) -type f | grep .'
expect 'the disk has each partition once' sh -c \
  'lsblk -nro PARTLABEL /dev/vda | grep . | sort | uniq -d | grep -v _empty | (! grep .)'
expect 'the machine has an id' grep -qxE '[0-9a-f]{32}' /etc/machine-id
expect 'host keys are whole' sh -c 'for key in /var/lib/kiln/ssh/*_key; do ssh-keygen -yf "$key" || exit 1; done'
expect 'the user is there once' sh -c 'grep -c "^ada:" /etc/passwd | grep -qx 1'
# Not "once": a script that the cut has ended is run again, since nobody knows how far it had come.
expect 'runcmd has run' grep -qx run /var/lib/runs
expect 'the file system is clean' sh -c '! dmesg | grep -E "EXT4-fs error|I/O error" | grep .'
finish
