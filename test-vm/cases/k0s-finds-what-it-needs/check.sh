#!/bin/sh
# What k0s, kubelet, containerd and the CNIs expect of a host, tried with the tools of the image.
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016

expect 'all units have started and none has failed' systemctl is-system-running --wait

# k0s's own checks before it starts
expect 'localhost is found without a resolver' sh -c \
  'grep -q "^127.0.0.1[[:space:]].*localhost" /etc/hosts && grep -q "^::1[[:space:]].*localhost" /etc/hosts'
expect 'the version 2 of control groups is used' findmnt -n -t cgroup2 /sys/fs/cgroup
for controller in cpu cpuset memory pids io; do
  expect "control groups limit $controller" grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers
done
for option in CGROUPS CGROUP_SCHED NAMESPACES NET_NS NETFILTER NF_CONNTRACK NETFILTER_XTABLES EXT4_FS \
  NETFILTER_XT_TARGET_REDIRECT NETFILTER_XT_MATCH_COMMENT CFS_BANDWIDTH BLK_CGROUP NETFILTER_ADVANCED; do
  expect "the kernel's configuration is readable and has $option" \
    grep -q "^CONFIG_$option=[ym]" "/usr/lib/modules/$(uname -r)/config"
done
expect 'units find modprobe, mount and umount' \
  systemd-run --quiet --wait --pipe sh -c 'command -v modprobe && command -v mount && command -v umount'
for account in etcd:960 kube-apiserver:961 kube-scheduler:962 konnectivity-server:963 keepalived:964; do
  expect "${account%:*} has the number that files in /var belong to" \
    test "$(id -u "${account%:*}")" = "${account#*:}"
done

# Modules and sysctls
grep -v '^#' /usr/lib/modules-load.d/kiln-k0s.conf >/tmp/modules
while read -r module; do
  [ -z "$module" ] || expect "$module is loaded" test -d "/sys/module/$module"
done </tmp/modules
expect 'the sysctls of IPVS are there' test -w /proc/sys/net/ipv4/vs/conntrack
while read -r name value; do
  expect "$name is $value" test "$(cat "/proc/sys/$name")" = "$value"
done <<'END'
net/ipv4/ip_forward 1
net/ipv4/conf/default/forwarding 1
net/ipv6/conf/all/forwarding 1
net/ipv6/conf/default/forwarding 1
net/bridge/bridge-nf-call-iptables 1
net/bridge/bridge-nf-call-ip6tables 1
net/ipv4/conf/all/rp_filter 0
net/ipv4/conf/default/rp_filter 0
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
fs/inotify/max_user_instances 8192
fs/inotify/max_user_watches 1048576
END
ip link add lxc1 type dummy
udevadm settle
expect 'a new interface does not filter by reverse path' grep -qx 0 /proc/sys/net/ipv4/conf/lxc1/rp_filter
ip link del lxc1
expect 'the box listens to IPv6 routers although it forwards' sh -c \
  'for i in 1 2 3 4 5 6 7 8 9 10; do ip -6 route show default | grep -q via && exit; sleep 1; done; exit 1'

# Mounts
expect '/ is shared with the mounts of containers' sh -c 'findmnt -no PROPAGATION / | grep -qx shared'
expect 'programs of eBPF can be kept' findmnt -n -t bpf /sys/fs/bpf
expect '/var holds programs that run' sh -c \
  'mkdir -p /var/lib/k0s/bin && cp /usr/bin/true /var/lib/k0s/bin/x && /var/lib/k0s/bin/x; r=$?; rm /var/lib/k0s/bin/x; exit $r'
# /var is nosuid and nodev; what a container sees is an overlay over it, with flags of its own.
layers=/var/lib/k0s/layers
mkdir -p $layers/lower $layers/upper $layers/work $layers/merged
cp /usr/bin/id $layers/lower/id
chmod 4755 $layers/lower/id
mount -t overlay overlay -o "lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/work" $layers/merged
mknod $layers/merged/null c 1 3
expect 'a setuid program works in a container' \
  test "$(setpriv --reuid 65534 --clear-groups $layers/merged/id -u)" = 0
expect 'a setuid program does not work in /var itself' \
  test "$(setpriv --reuid 65534 --clear-groups $layers/lower/id -u)" = 65534
expect 'a device works in a container' cat $layers/merged/null
umount $layers/merged
rm -r $layers

# Places
for place in /etc/k0s /etc/k0s/containerd.d /etc/cni/net.d /opt/cni/bin /var/lib/k0s /var/lib/k0s/images \
  /var/log/pods /var/log/containers /run /usr/libexec/k0s/kubelet-plugins; do
  expect "$place can be written" sh -c 'touch "$1/.x" && rm "$1/.x"' - "$place"
done
refuse 'containerd.toml is there before k0s has written it' test -e /etc/k0s/containerd.toml
expect 'volume plugins have their directory' mkdir -p /usr/libexec/k0s/kubelet-plugins/volume/exec
expect 'the image offers its container images' grep -q 'the images' /var/lib/k0s/images/kiln-airgap.tar
expect 'they are no copy' test "$(readlink -f /var/lib/k0s/images/kiln-airgap.tar)" = /usr/lib/kiln/images/airgap.tar
rm -r /var/lib/k0s
for unit in k0scontroller k0sworker; do
  expect "$unit makes places anew before it starts" \
    sh -c 'systemctl show -P ExecStartPre "$1" | grep -q kiln-k0s.conf' - $unit
done
systemd-tmpfiles --create kiln-k0s.conf kiln-airgap.conf
expect 'places come back when /var/lib/k0s is gone' test -d /usr/libexec/k0s/kubelet-plugins/
expect 'container images come back' test -f /var/lib/k0s/images/kiln-airgap.tar

# CNI plugins
expect 'the plugins of the image are there, and no others' \
  sh -c 'ls /opt/cni/bin | tr "\n" " " | grep -qx "bridge host-local loopback portmap "'
for plugin in bridge host-local loopback portmap; do
  expect "the plugin $plugin runs" sh -c 'CNI_COMMAND=VERSION "/opt/cni/bin/$1" </dev/null | grep -q 1.0.0' - $plugin
done
# `expect` and `refuse` call it.
# shellcheck disable=SC2317
same() {
  test "$(sha256sum <"$1")" = "$(sha256sum <"$2")"
}
cp /usr/bin/true /opt/cni/bin/portmap
cp /usr/bin/true /opt/cni/bin/.new
mv /opt/cni/bin/.new /opt/cni/bin/calico
systemctl restart var-opt-cni-bin.mount
expect 'what a CNI installs stays' same /usr/bin/true /opt/cni/bin/calico
expect 'what a CNI replaces stays' same /usr/bin/true /opt/cni/bin/portmap
expect 'what no CNI replaced is from the image' same /usr/lib/cni/bridge /opt/cni/bin/bridge
refuse 'a CNI reached the image' same /usr/bin/true /usr/lib/cni/portmap
systemctl stop var-opt-cni-bin.mount
rm /var/lib/kiln/cni/upper/*
systemctl start var-opt-cni-bin.mount

# A pod's network, as Flannel has it made: loopback, a bridge with addresses of a range, a port of the host.
plug() {
  CNI_COMMAND=ADD CNI_CONTAINERID=pod CNI_NETNS=/run/netns/pod CNI_PATH=/opt/cni/bin CNI_IFNAME=$2 "/opt/cni/bin/$1"
}
ip netns add pod
expect 'a pod gets its loopback' plug loopback lo <<'END'
{ "cniVersion": "0.4.0", "name": "lo", "type": "loopback" }
END
plug bridge eth0 >/tmp/result <<'END'
{ "cniVersion": "0.4.0", "name": "pods", "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true,
  "ipam": { "type": "host-local", "subnet": "10.244.7.0/24", "routes": [{ "dst": "0.0.0.0/0" }] } }
END
expect 'a pod gets an address' grep -q '"address": "10.244.7.2/24"' /tmp/result
expect 'a pod reaches the host' ip netns exec pod ping -c 1 -W 5 10.244.7.1
cat >/tmp/ports <<END
{ "cniVersion": "0.4.0", "name": "pods", "type": "portmap", "capabilities": { "portMappings": true },
  "runtimeConfig": { "portMappings": [{ "hostPort": 8080, "containerPort": 80, "protocol": "tcp" }] },
  "prevResult": $(cat /tmp/result) }
END
expect 'a pod gets a port of the host' plug portmap eth0 </tmp/ports
expect 'the rules are those of nftables' sh -c 'nft list ruleset | grep -q "dport 8080"'
expect 'systemd-networkd leaves the bridge of pods alone' sh -c 'networkctl list cni0 | grep -q unmanaged'

# AppArmor: containerd loads a profile of its own with the parser, if it finds one.
expect 'the kernel enforces AppArmor' grep -qx Y /sys/module/apparmor/parameters/enabled
expect 'containerd finds the parser' test -x /sbin/apparmor_parser
cat >/tmp/profile <<'END'
#include <tunables/global>
profile kiln-try flags=(attach_disconnected,mediate_deleted) {
  #include <abstractions/base>
  network,
  capability,
  file,
  umount,
  signal (receive) peer=unconfined,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny mount,
}
END
expect 'a profile as containerd writes it is loaded' apparmor_parser -Kr /tmp/profile
expect 'the profile is enforced' grep -q '^kiln-try (enforce)' /sys/kernel/security/apparmor/profiles
echo "modules-load=$(systemd-analyze blame --no-pager | awk '$2 == "systemd-modules-load.service" { print $1 }')"
finish
