#!/bin/sh
# A later boot without the medium: what is the box's own was kept, /etc was made anew.
expect 'the state of the cluster was kept' sh -c 'test "$(cat /var/lib/first-ca)" = "$(cat /var/lib/k0s/pki/ca.crt)"'
expect '/etc has forgotten what somebody changed' test ! -e /etc/mark
refuse 'a medium is there' blkid -L cidata
finish
