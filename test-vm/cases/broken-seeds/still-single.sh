#!/bin/sh
# A box with a good seed that was started with a broken one in it.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'k0s runs' systemctl is-active k0scontroller
expect 'the name is that of the good seed' sh -c 'hostname | grep -qx b1'
expect 'the banner tells the problem' grep -q 'problem' /run/kiln/banner
finish
