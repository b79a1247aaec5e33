#!/bin/sh
# The first boot of a new box: everything is as the image says, and what belongs to the box is made.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016

expect 'all units have started and none has failed' systemctl is-system-running --wait

# The root
expect 'the root is a read-only squashfs' grep -q '^/dev/mapper/root / squashfs ro' /proc/mounts
refuse 'the root can be written' touch /usr/x
expect 'verity has found nothing wrong' sh -c 'dmsetup status root | grep -q " V$"'
expect 'verity panics on corruption' sh -c 'dmsetup table root | grep -q panic_on_corruption'
expect 'no file of the image belongs to nobody' sh -c \
  'test -z "$(find / -xdev \( -nouser -o -nogroup \) -print)"'

# State
expect '/var is a partition of its own' findmnt -n -t ext4 /var
expect '/etc is an overlay in memory' findmnt -n -t overlay /etc
expect '/home, /root, /opt and /srv lead to /var' sh -c \
  'for d in home root opt srv; do case $(readlink -f /$d) in /var/*) [ -d /$d/ ] ;; *) exit 1 ;; esac || exit 1; done'
expect '/opt/cni/bin can be written' touch /opt/cni/bin/.x
expect '/etc/cni/net.d can be written' touch /etc/cni/net.d/x
expect '/var may hold programs' sh -c '! findmnt -no OPTIONS /var | grep -q noexec'
expect 'the journal is kept' sh -c 'ls /var/log/journal/*/system.journal'
expect 'the journal has a limit' sh -c 'systemd-analyze cat-config systemd/journald.conf | grep -q ^SystemMaxUse=256M'

# Time
expect 'the clock is not before the image' test "$(date +%s)" -ge "$(stat -c %Y /usr/lib/clock-epoch)"
expect 'the watchdog is on' sh -c 'systemctl show -p RuntimeWatchdogUSec --value | grep -qx 1min'
expect 'the watchdog device is in use' sh -c 'ls /dev/watchdog0'

# Network
expect 'the wired card has an address' sh -c 'networkctl --json=short list | grep -q "\"OperationalState\":\"routable\""'
expect 'names are resolved by systemd-resolved' sh -c 'readlink /etc/resolv.conf | grep -q stub-resolv'
expect 'localhost is in /etc/hosts' grep -q '^127.0.0.1 localhost' /etc/hosts
expect 'foreign routes are left alone' sh -c \
  'systemd-analyze cat-config systemd/networkd.conf | grep -c "^ManageForeign.*=no" | grep -qx 3'
ip link add cali12345 type dummy
ip link set cali12345 up
sleep 2
expect 'the interfaces of CNIs are left alone' sh -c 'networkctl list cali12345 | grep -q unmanaged'
ip link del cali12345

# Boot
expect 'the boot is counted as good' sh -c 'ls /boot/EFI/Linux/*.efi && ! ls /boot/EFI/Linux/*+*.efi'
expect 'the kernel configuration is where k0s looks' test -s "/usr/lib/modules/$(uname -r)/config"
expect 'a module can be loaded by its alias' modprobe wireguard

# Access
expect 'nobody has a password' sh -c '! cut -d: -f2 /etc/shadow | grep -v "^[!*]"'
refuse 'a shell waits on a console' sh -c "systemctl list-units --plain --no-legend '*getty@*' | grep ."
expect 'shadow is secret' sh -c 'stat -c "%a %G" /etc/shadow | grep -qx "640 shadow"'

# The console says so
expect 'the banner has name, address and state' sh -c \
  'grep -q "address .*10\.0\.2\.15" /run/kiln/banner && grep -q "no configuration found" /run/kiln/banner'
expect 'the screen shows the banner' grep -aq 'no configuration found' /dev/vcs1
expect 'kiln-status says the same to anybody' sh -c \
  'setpriv --reuid=65534 --regid=65534 --clear-groups kiln-status >/tmp/status; test $? = 5 && grep -q "no configuration found" /tmp/status'
refuse 'a box without a role counts as ready' systemctl is-active kiln-health.target
expect 'the banner says that k0s is a stand-in' grep -q 'not Kubernetes' /run/kiln/banner
expect 'os-release says that k0s is a stand-in' grep -q '^K0S_KIND=stand-in' /etc/os-release

# k0s
expect 'k0s answers' sh -c 'k0s version 2>/dev/null | grep -q ^v'
expect 'without a role no k0s is started' sh -c '! systemctl is-active k0scontroller k0sworker'
for user in etcd kube-apiserver kube-scheduler konnectivity-server; do
  expect "k0s finds the user $user" id -u "$user"
done

# For the second boot
echo kept >/var/lib/mark
echo gone >/etc/mark
sync /var/lib/mark

echo "machine-id=$(cat /etc/machine-id)"
echo "host-key=$(ssh-keygen -lf /var/lib/kiln/ssh/ssh_host_ed25519_key.pub)"
echo "var-mib=$(($(blockdev --getsize64 "$(findmnt -no SOURCE /var)") / 1048576))"
# The clocks' ones are of a busy host, which stops an emulated machine for a while.
expect 'no warnings but the known ones' sh -c 'journalctl -b -p warning -o cat | grep -vE "$1" | (! grep .)' - \
  '^(mtrr: |amd_pstate: |device-mapper: core: CONFIG_IMA|GPT:|kauditd_printk_skb|Unknown kernel command line|evm: |tsc: |APIC calibration |TSC |hpet|clocksource|hrtimer: interrupt took|Unstable clock detected|If you want to keep using the local|  "trace_clock=local"|on the kernel command line)'
finish
