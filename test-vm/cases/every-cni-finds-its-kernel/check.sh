#!/bin/sh
# In a box: what CNIs expect of it is there before they start; what they make can be made, each kernel module coming
# by itself; and networkd leaves it alone. Runs on both architectures. With it come, as credentials,
#   kiln.cni     $modules, $loaded and $sysctls, from images/modules.yaml and images/cni.yaml
#   kiln.kernel  kernel.py; kiln.iptables and kiln.nft are the rules beside it
# The commands between quotes are for the shell that `expect` runs.
# shellcheck disable=SC2016
modules='' loaded='' sysctls=''
# shellcheck source=/dev/null
. "$CREDENTIALS_DIRECTORY/kiln.cni"
kernel() { /usr/bin/python3 -I "$CREDENTIALS_DIRECTORY/kiln.kernel" "$@"; }
in_pod() { ip netns exec pod "$@"; }
# eventually SECONDS COMMAND…
eventually() {
  left=$1
  shift
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 1
  done
}

# As the box starts
for module in $loaded; do
  expect "the module $module is loaded when the box starts" test -d "/sys/module/$module"
done
for sysctl in $sysctls; do
  name=${sysctl%%=*}
  case $name in *\**)
    interface=$(echo "$name" | sed -n 's/.*\.\([a-z_]*\)\*.*/\1/p')kiln0
    ip link add "$interface" type dummy
    udevadm settle
    name=$(echo "$name" | sed 's/\*/kiln0/')
    ;;
  esac
  expect "the box sets $sysctl ($name is $(sysctl -n "$name"))" test "$(sysctl -n "$name")" = "${sysctl#*=}"
done
expect 'there is a file system for BPF' findmnt -t bpf /sys/fs/bpf
expect 'control groups are of version 2' findmnt -t cgroup2 /sys/fs/cgroup
expect 'mounts of pods reach the box and those of the box pods' sh -c \
  'findmnt -no PROPAGATION / | grep -qx shared && findmnt -no PROPAGATION /var | grep -qx shared && findmnt -no PROPAGATION /sys/fs/bpf | grep -qx shared'
for place in /run/cilium/cgroupv2 /run/calico/cgroup; do
  mkdir -p "$place"
  expect "control groups can be mounted on $place" mount -t cgroup2 none "$place"
done
expect 'the kernel has types for CO-RE' test -s /sys/kernel/btf/vmlinux
expect 'modprobe is where the kernel looks' sh -c 'test -x "$(cat /proc/sys/kernel/modprobe)"'

# A pod: a namespace behind a veth pair, and the routes of a CNI that needs nothing else
ip netns add pod
expect 'a pair of interfaces' ip link add cali12345 address ee:ee:ee:ee:ee:ee type veth peer name eth0 netns pod
ip address add 10.9.9.1/24 dev cali12345
ip link set cali12345 up
in_pod ip address add 10.9.9.2/24 dev eth0
in_pod ip link set eth0 up
in_pod ip link set lo up
in_pod ip route add default via 10.9.9.1
expect 'the box reaches the pod' eventually 10 ping -qc 1 -W 1 10.9.9.2
in_pod /usr/bin/python3 -I "$CREDENTIALS_DIRECTORY/kiln.kernel" serve 8080 &
pod=$!
expect 'the pod answers' eventually 20 kernel call 10.9.9.2 8080

# Interfaces, by the names that CNIs give them
expect 'Flannel: VXLAN' ip link add flannel.1 type vxlan id 1 dstport 8472 local 10.9.9.1 nolearning
expect 'Calico: VXLAN' ip link add vxlan.calico type vxlan id 4096 dstport 4789 dev cali12345 nolearning
expect 'Cilium: VXLAN' ip link add cilium_vxlan type vxlan external dstport 8473
expect 'Cilium: Geneve' ip link add cilium_geneve type geneve external
expect 'Cilium: the pair of the host' ip link add cilium_host type veth peer name cilium_net
expect 'Cilium: netkit' ip link add lxc12345 type netkit mode l3 peer name tmp12345
expect 'Calico: IPIP' sh -c 'modprobe ipip && ip link set tunl0 up'
expect 'Calico: the pair of eBPF' ip link add bpfin.cali type veth peer name bpfout.cali
expect 'Flannel: IPIP' ip link add flannel.ipip type ipip external
expect 'kube-router: IPIP' ip link add tun-10991 type ipip remote 10.9.9.2 local 10.9.9.1
expect 'kube-router: IPIP in UDP' sh -c \
  'ip fou add port 5555 gue && ip link add tun-10992 type ipip remote 10.9.9.3 local 10.9.9.1 encap gue encap-sport auto encap-dport 5555'
expect 'kube-router: IPv6 over IPv6' ip link add tun-fd1 type ip6tnl mode any remote fd00:9::2 local fd00:9::1
expect 'kube-router: the bridge' ip link add kube-bridge type bridge vlan_filtering 1
expect 'kube-router: addresses of services' ip link add kube-dummy-if type dummy
expect 'kube-proxy: addresses of services' ip link add kube-ipvs0 type dummy
expect 'Flannel: the bridge' ip link add cni0 type bridge
expect 'Flannel: a tunnel that a program forwards for' ip tuntap add flannel0 mode tun
expect 'plug-ins: macvlan' ip link add veth-macvlan link cali12345 type macvlan
expect 'plug-ins: ipvlan' ip link add veth-ipvlan link kube-dummy-if type ipvlan
expect 'plug-ins: vlan' ip link add veth-vlan link cni0 type vlan id 7
expect 'plug-ins: vrf' ip link add veth-vrf type vrf table 500
expect 'plug-ins: bandwidth' ip link add veth-ifb type ifb

# Encryption between nodes, with packets
key=$(wg genkey) peer=$(wg genkey)
for side in host pod; do
  [ "$side" = host ] && own=$key other=$(echo "$peer" | wg pubkey) name=wireguard.cali last=1 far=2 do=''
  [ "$side" = pod ] && own=$peer other=$(echo "$key" | wg pubkey) name=wg0 last=2 far=1 do=in_pod
  echo "$own" >/run/kiln-wg
  # shellcheck disable=SC2086
  expect "WireGuard ($side)" $do ip link add "$name" type wireguard
  $do wg set "$name" listen-port 51820 private-key /run/kiln-wg peer "$other" \
    endpoint "10.9.9.$far:51820" allowed-ips 10.9.10.0/24
  $do ip address add "10.9.10.$last/24" dev "$name"
  $do ip link set "$name" up
done
expect 'packets through WireGuard' eventually 10 ping -qc 1 -W 2 10.9.10.2

secret=0x000102030405060708090a0b0c0d0e0f10111213
for do in '' in_pod; do
  for way in '1 2' '2 1'; do
    from=10.9.9.${way% *} to=10.9.9.${way#* }
    expect "IPsec: a state (${do:-box})" $do ip xfrm state add src "$from" dst "$to" proto esp spi "0x10${way% *}" \
      reqid 1 mode transport aead 'rfc4106(gcm(aes))' "$secret" 128
    out=out
    [ "${do:-box}${way% *}" = box2 ] || [ "${do:-box}${way% *}" = in_pod1 ] && out=in
    expect "IPsec: a policy (${do:-box})" $do ip xfrm policy add src "$from" dst "$to" proto icmp dir "$out" \
      tmpl src "$from" dst "$to" proto esp reqid 1 mode transport
  done
done
expect 'packets through IPsec' eventually 10 ping -qc 1 -W 2 10.9.9.2
expect 'they were encrypted' sh -c 'ip -s xfrm state | grep -A 1 "lifetime current" | grep -qE "[1-9][0-9]*\(packets\)"'
expect 'IPsec: tunnels, CBC with HMAC, IPv6' sh -c \
  'for net in "10.7.0.1 10.7.0.2" "fd00:7::1 fd00:7::2"; do
     ip xfrm state add src "${net% *}" dst "${net#* }" proto esp spi 0x200 reqid 2 mode tunnel \
       enc "cbc(aes)" "0x$(printf %032d 7)" auth-trunc "hmac(sha256)" "0x$(printf %064d 7)" 128 || exit 1
   done'
for do in '' in_pod; do
  $do ip xfrm policy flush
  $do ip xfrm state flush
done

# Sets of addresses, and objects that count
for type in hash:ip hash:net hash:ip,port hash:ip,port,ip hash:ip,port,net hash:net,net hash:net,port \
  hash:net,port,net hash:net,iface hash:ip,mark hash:mac list:set; do
  expect "a set of type $type" ipset create "kiln-$type" "$type"
done
expect 'a set of ports' ipset create kiln-ports bitmap:port range 0-1000
expect 'a set with a time limit' ipset create kiln-timeout hash:ip timeout 60
expect 'an object that counts' kernel accounting kilncount

# iptables: with both back ends and both families
for backend in nft legacy; do
  for family in 4 6; do
    tool=$([ "$family" = 6 ] && echo ip6tables || echo iptables)-$backend
    sed "/#[^$family]\$/d; s/ #$family\$//" "$CREDENTIALS_DIRECTORY/kiln.iptables" >/run/kiln-rules-now
    expect "rules with $tool" "$tool-restore" -w --noflush /run/kiln-rules-now
    expect "$tool shows the rules" sh -c \
      'test "$("$1-save" | grep -c "^-A KILN")" = "$(grep -c "^-A" /run/kiln-rules-now)"' - "$tool"
  done
done
expect 'on the box, iptables is nft' sh -c 'iptables --version | grep -q nf_tables'

# nftables
expect 'rules with nft' nft -f "$CREDENTIALS_DIRECTORY/kiln.nft"

# A service in each of the ways: the box connects to an address that is not the pod's, and the pod answers.
expect 'a service of iptables' sh -c \
  'iptables -w -t nat -A OUTPUT -d 10.96.0.10/32 -p tcp --dport 8080 -m statistic --mode random --probability 1 -j DNAT --to-destination 10.9.9.2:8080'
expect 'the pod answers through iptables' kernel call 10.96.0.10 8080
expect 'the pod answers through nftables' kernel call 10.96.0.20 8080
ip link set kube-ipvs0 up
ip address add 10.96.0.30/32 dev kube-ipvs0
for scheduler in rr wrr sh lc wlc lblc lblcr sed nq dh mh fo ovf; do
  expect "a virtual server with $scheduler" kernel virtual-server 10.96.0.30 "80$((scheduler_number = ${scheduler_number:-79} + 1))" \
    10.9.9.2 "$scheduler"
done
expect 'the box has them' sh -c 'grep -c ^TCP /proc/net/ip_vs | grep -qx 13'
expect 'the pod answers through IPVS' kernel call 10.96.0.30 8080
expect 'connections are listed' sh -c 'conntrack -L -p tcp 2>/dev/null | grep -q 10.96.0.20'
mkdir -p /sys/fs/cgroup/kiln-cni
expect 'a program at connect' kernel redirect /sys/fs/cgroup/kiln-cni 10.96.0.40 10.9.9.2
expect 'the pod answers through eBPF' sh -c \
  'echo $$ >/sys/fs/cgroup/kiln-cni/cgroup.procs && exec python3 -I "$CREDENTIALS_DIRECTORY/kiln.kernel" call 10.96.0.40 8080'

# eBPF on interfaces, and traffic control
mkdir -p /sys/fs/bpf/tc/globals
expect 'maps of BPF' kernel create-maps
expect 'a program for an interface, kept in the file system' kernel pin sched_cls /sys/fs/bpf/tc/globals/kiln
expect 'a place for programs' tc qdisc add dev cali12345 clsact
expect 'programs there' sh -c \
  'for way in ingress egress; do tc filter add dev cali12345 "$way" bpf da object-pinned /sys/fs/bpf/tc/globals/kiln || exit 1; done'
expect 'the pod is reached through them' ping -qc 1 -W 5 10.9.9.2
expect 'a program for an action, kept in the file system' kernel pin sched_act /sys/fs/bpf/tc/globals/kilna
expect 'an action of BPF' tc filter add dev cali12345 egress prio 2 u32 match u32 0 0 action bpf object-pinned /sys/fs/bpf/tc/globals/kilna
expect 'a program the newer way (tcx)' kernel link tcx cali12345
expect 'a program at netkit' kernel link netkit lxc12345
expect 'a program before everything else (XDP)' kernel pin xdp /sys/fs/bpf/tc/globals/kilnx
expect 'XDP on an interface' ip link set dev bpfin.cali xdpgeneric pinned /sys/fs/bpf/tc/globals/kilnx
expect 'fair queues' tc qdisc replace dev cilium_net root fq
expect 'a limit' tc qdisc replace dev veth-macvlan root tbf rate 10mbit burst 32k latency 50ms
expect 'classes' tc qdisc replace dev cni0 root handle 1: htb default 1
expect 'mirrors, chosen by offsets' sh -c \
  'ip link set veth-ifb up; tc qdisc add dev cni0 ingress && tc filter add dev cni0 ingress u32 match u32 0 0 action mirred egress redirect dev veth-ifb'
expect 'BBR' sysctl -qw net.ipv4.tcp_congestion_control=bbr
expect 'sockets can be listed and ended' sh -c 'ss -tn >/dev/null && ss -un >/dev/null && ss -K dst 10.66.0.1'

# What networkd must leave alone, on the interfaces of CNIs and on the card
card=$(ip -o route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p;q')
gateway=$(ip -o route show default | sed -n 's/.* via \([^ ]*\).*/\1/p;q')
# As keepalived does it, which k0s starts for virtual addresses of the API
ip address add 10.98.0.10/32 dev "$card"
ip address add fd00:98::10/128 dev "$card" nodad
ip address add 10.244.0.0/32 dev flannel.1
ip address add fd00:244::/128 dev flannel.1
ip link set flannel.1 up
ip address add 10.244.0.1/24 dev cni0
ip address add 10.9.8.1/32 dev tunl0
ip link set kube-bridge up
ip address add 10.245.0.1/24 dev kube-bridge
for link in vxlan.calico cilium_vxlan cilium_geneve cilium_host cilium_net lxc12345 bpfin.cali bpfout.cali flannel.ipip \
  tun-10991 tun-10992 tun-fd1 kube-dummy-if cni0 flannel0; do
  ip link set "$link" up
done
ip route add 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink
ip route add 10.244.2.0/24 via "$gateway" dev "$card"
ip route add 10.244.3.0/24 via "$gateway" dev "$card" proto bird
ip route add blackhole 10.9.8.0/26 proto 80
ip route add default via 10.9.9.2 dev cali12345 table 77
ip -6 route add fd00:244:1::/64 dev flannel.1
ip -6 route add fd00:245::/64 dev "$card"
ip rule add from 10.244.0.0/16 lookup 77 priority 200
ip -6 rule add fwmark 0x200/0xf00 lookup 2004 priority 9
ip nexthop add id 77 via "$gateway" dev "$card"
ip route add 10.244.4.0/24 nhid 77
sleep 3
network() {
  ip -o link show | sed 's/^[0-9]*: //; s/state [A-Z]*//; s/<[^>]*>//'
  ip -o address show | awk -v card="$card" '$2 != card { print $2, $3, $4 }'
  ip route show table all | grep -vE 'proto (dhcp|ra)|^fe80|^multicast|^local fe80|^anycast' | sed 's/ linkdown//; s/ *$//'
  ip -6 route show table all | grep -vE 'proto ra|^fe80|^multicast|fe80::|^anycast' | sed 's/ expires [0-9]*sec//; s/ linkdown//; s/ *$//'
  ip rule show
  ip -6 rule show
  ip nexthop show
}
network | sort >/run/kiln-before
expect 'there is something to lose' sh -c 'test "$(grep -c 10.244 /run/kiln-before)" -gt 8'
# same PATTERN: what was there before is still there, but for lines with the pattern
same() {
  network | sort >/run/kiln-after
  lost=$(comm -3 /run/kiln-before /run/kiln-after | grep -v "$1")
  echo "$lost"
  test -z "$lost"
}
is_online() { /usr/lib/systemd/systemd-networkd-wait-online -i "$card" --timeout=60; }
for event in 'restart systemd-networkd' 'reload systemd-networkd' 'restart systemd-resolved' 'restart systemd-udevd'; do
  # shellcheck disable=SC2086
  expect "systemctl $event" systemctl $event
  expect "the card is online after $event" is_online
  sleep 2
  expect "everything is still there after $event" same 'no exception'
  for address in 10.98.0.10/32 fd00:98::10/128; do
    expect "the card has its virtual address $address after $event" sh -c \
      'ip -o address show dev "$1" | grep -qF " $2 "' - "$card" "$address"
  done
done
udevadm trigger --action=change --subsystem-match=net --settle
expect 'everything is still there after an event of each interface' same 'no exception'
# With the card's last address the kernel itself takes the card's routes: not what networkd is asked to leave.
expect 'the card can be configured anew' networkctl reconfigure "$card"
expect 'the card is online after that' is_online
sleep 2
expect 'the interfaces of CNIs have everything after that' same "dev $card"
for link in /sys/class/net/*; do
  link=${link##*/}
  case $link in lo | "$card") continue ;; esac
  expect "networkd does not manage $link" sh -c 'networkctl list "$1" | grep -q unmanaged' - "$link"
  expect "$link filters nothing by source" test "$(cat "/proc/sys/net/ipv4/conf/$link/rp_filter")" = 0
done
expect 'the pod answers through nftables still' kernel call 10.96.0.20 8080
expect 'the pod answers through IPVS still' kernel call 10.96.0.30 8080
kill "$pod"

# Whatever was not used so far
for module in $modules; do
  expect "the module $module can be loaded" modprobe "$module"
done
refuse 'the kernel complains' sh -c 'dmesg --level emerg,alert,crit,err | grep -v "^\[ *0\." | grep .'
finish
