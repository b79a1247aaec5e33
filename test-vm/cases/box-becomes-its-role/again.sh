#!/bin/sh
# A later boot without the medium: what is the box's own was kept, /etc was made anew.
expect 'the state of the cluster was kept' sha256sum --check --quiet /var/lib/first-ca
expect '/etc has forgotten what somebody changed' test ! -e /etc/mark
refuse 'a medium is there' blkid -L cidata
finish
