# A box that was installed over the network, and started from its disk although the network came first.
expect 'its name is that of its seed' test "$(hostname)" = "$NAME"
refuse 'this is a network boot, or an installer' grep -E 'kiln\.(install|root|server)' /proc/cmdline
expect '/var is on the disk' sh -c 'findmnt -no SOURCE /var | grep "^/dev/vda"'
expect 'the boot is counted as good' sh -c 'ls /boot/EFI/Linux/*.efi && ! ls /boot/EFI/Linux/*+*.efi'
finish
