#!/bin/sh
# What the seed says is so: $NAME, and $ADDRESS on the card with $DRIVER.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
expect 'the name is that of the seed' sh -c 'hostname | grep -qx "$1"' - "$NAME"
card=$(ip -o -4 addr show to "$ADDRESS" | cut -d' ' -f2)
expect "a card has the address $ADDRESS" test -n "$card"
expect "the card is a $DRIVER" sh -c 'basename "$(readlink -f "/sys/class/net/$1/device/driver")" | grep -qx "$2"' - "$card" "$DRIVER"
expect 'the seed is remembered for root alone' sh -c 'stat -Lc %a /var/lib/kiln/seed | grep -qx 700'
finish
