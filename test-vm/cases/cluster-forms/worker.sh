#!/bin/sh
# A worker that was let in.
expect 'all units have started and none has failed' systemctl is-system-running --wait
expect 'the kubelet has an identity' test -s /var/lib/k0s/kubelet.conf
expect 'health is reached' systemctl is-active kiln-health.target
expect 'kiln-status is content' kiln-status
finish
