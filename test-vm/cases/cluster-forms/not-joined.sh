#!/bin/sh
# A box that was not let in: it has nothing of a cluster.
expect 'no kubelet has an identity' test ! -e /var/lib/k0s/kubelet.conf
expect 'there is no etcd member' test ! -e /var/lib/k0s/etcd/member
refuse 'health is reached' systemctl is-active kiln-health.target
refuse 'kiln-status is content' kiln-status
finish
