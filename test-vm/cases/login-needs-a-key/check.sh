#!/bin/sh
# With the seed's key a login works; without it, or with a password, none does.
set -u
status=0
say() {
  echo "FAILED: $1"
  status=1
}
login() {
  ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o IdentitiesOnly=yes "$@" root@127.0.0.1 true 2>/tmp/ssh
}

systemctl is-system-running --wait || say "units failed: $(systemctl list-units --failed --plain --no-legend)"
cp "$CREDENTIALS_DIRECTORY/kiln.key" /tmp/key
chmod 0600 /tmp/key
login -i /tmp/key || say "the key does not let in: $(cat /tmp/ssh)"
ssh-keygen -q -t ed25519 -N '' -f /tmp/other
login -i /tmp/other && say 'another key lets in'
login && say 'no key lets in'
grep -q 'Permission denied (publickey)' /tmp/ssh || say "something else than keys is offered: $(cat /tmp/ssh)"
[ "$(hostname)" = box-7 ] || say "the name is $(hostname)"
grep -q 'state .*configured' /run/kiln/banner || say "the banner says: $(cat /run/kiln/banner)"
grep -q 'name .*box-7' /run/kiln/banner || say "the banner says: $(cat /run/kiln/banner)"
systemd-analyze blame | grep cloud
systemd-analyze time
exit "$status"
