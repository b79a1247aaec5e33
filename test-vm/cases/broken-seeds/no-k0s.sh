#!/bin/sh
# A box with a broken seed: nothing was started on a guess, and nothing of it is kept.
refuse 'k0s runs as a controller' systemctl is-active k0scontroller
refuse 'k0s runs as a worker' systemctl is-active k0sworker
expect 'k0s has no data' test ! -e /var/lib/k0s/pki
refuse 'kiln-status is content' kiln-status
finish
