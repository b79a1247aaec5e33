#!/bin/sh
# A box with a good seed that was started with a broken one in it.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'k0s runs' systemctl is-active k0scontroller
expect 'the name is that of the good seed' sh -c 'hostname | grep -qx b1'
expect 'the banner tells the problem' sh -c \
  'for i in 1 2 3 4 5 6 7 8 9 10; do grep -q problem /run/kiln/banner && exit; sleep 3; done; exit 1'
finish
