#!/bin/sh
# With the seed's key a login works; without it, or with a password, none does.
# `expect` and `refuse` call it.
# shellcheck disable=SC2317
login() {
  ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o IdentitiesOnly=yes "$@" root@127.0.0.1 true 2>/tmp/ssh
}

expect 'all units have started and none has failed' systemctl is-system-running --wait
cp "$CREDENTIALS_DIRECTORY/kiln.key" /tmp/key
chmod 0600 /tmp/key
expect 'the key of the seed lets in' login -i /tmp/key
ssh-keygen -q -t ed25519 -N '' -f /tmp/other
refuse 'another key lets in' login -i /tmp/other
refuse 'no key lets in' login
expect 'nothing but keys is offered' grep -q 'Permission denied (publickey)' /tmp/ssh
expect 'the name is that of the seed' sh -c 'hostname | grep -qx box-7'
expect 'the banner has the name' grep -q 'name .*box-7' /run/kiln/banner
expect 'the banner says that the box is configured' grep -q 'state .*configured' /run/kiln/banner
finish
