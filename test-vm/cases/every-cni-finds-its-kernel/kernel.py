"""What CNIs do with system calls, for a check in a guest whose image has no tool for it: eBPF, IPVS, accounting.

    kernel.py COMMAND ARGUMENT…      see COMMANDS at the end
"""

import ctypes
import os
import platform
import socket
import struct
import sys

# --- bpf(2), numbers from linux/bpf.h -------------------------------------------------------------------------------

BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}
MAP_CREATE, PROG_LOAD, OBJ_PIN, PROG_ATTACH, LINK_CREATE = 0, 5, 6, 8, 28
MAP_TYPES = {
    "hash": 1,
    "prog_array": 3,
    "perf_event_array": 4,
    "lru_hash": 9,
    "lpm_trie": 11,
    "sockhash": 18,
    "ringbuf": 27,
}
PROG_TYPES = {"sched_cls": 3, "sched_act": 4, "xdp": 6, "cgroup_sock_addr": 18}
CGROUP_INET4_CONNECT = 10
LINK_TYPES = {"tcx": 46, "netkit": 54}
NO_PREALLOC = 1


def bpf(command: int, attributes: bytes) -> int:
    """The system call; `attributes` is the part of `union bpf_attr` that the command reads."""
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    result = libc.syscall(BPF_SYSCALL[platform.machine()], command, buffer, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf command {command}: {os.strerror(ctypes.get_errno())}")
    return result


def instruction(code: int, target: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    return struct.pack("<BBhi", code, source << 4 | target, offset, value)


def verdict(value: int) -> bytes:
    """A program that only says a number: `r0 = value; exit`."""
    return instruction(0xB7, value=value) + instruction(0x95)


def load(kind: str, code: bytes, attach_type: int = 0) -> int:
    program, licence = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(1 << 16)
    attributes = struct.pack(
        "<IIQQIIQII16sII",
        *(PROG_TYPES[kind], len(code) // 8, ctypes.addressof(program), ctypes.addressof(licence)),
        *(1, len(log), ctypes.addressof(log), 0, 0, b"kiln_test", 0, attach_type),
    )
    try:
        return bpf(PROG_LOAD, attributes)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}\n{log.value.decode()}") from None


def pin(kind: str, path: str) -> None:
    """Loads a program that lets everything pass (TC_ACT_OK is 0, XDP_PASS is 2) and pins it."""
    name = ctypes.create_string_buffer(path.encode())
    program = load(kind, verdict(2 if kind == "xdp" else 0))
    bpf(OBJ_PIN, struct.pack("<QI", ctypes.addressof(name), program))


def create_maps() -> None:
    for name, kind in MAP_TYPES.items():
        sizes = (0, 0, 4096) if name == "ringbuf" else (8 if name == "lpm_trie" else 4, 4, 16)
        flags = NO_PREALLOC if name == "lpm_trie" else 0
        try:
            os.close(bpf(MAP_CREATE, struct.pack("<IIIII", kind, *sizes, flags)))
        except OSError as error:
            raise OSError(error.errno, f"map {name}: {error.strerror}") from None


def link(kind: str, interface: str) -> None:
    """Attaches a program the newer way, as Cilium does: the link is gone with this process."""
    attach_type = LINK_TYPES[kind]
    program = load("sched_cls", verdict(0), attach_type if kind == "netkit" else 0)
    bpf(LINK_CREATE, struct.pack("<IIII", program, socket.if_nametoindex(interface), attach_type, 0))


def redirect(cgroup: str, service: str, pod: str) -> None:
    """kube-proxy's replacement: connect(2) to the service goes to the pod, for what runs in the control group."""
    from_address, to_address = (struct.unpack("<I", socket.inet_aton(each))[0] for each in (service, pod))
    code = (
        instruction(0x61, 2, 1, 4)  # w2 = context->user_ip4
        + instruction(0x56, 2, 0, 2, from_address)  # if w2 != service: skip two
        + instruction(0xB4, 2, value=to_address)  # w2 = pod
        + instruction(0x63, 1, 2, 4)  # context->user_ip4 = w2
        + verdict(1)
    )
    program = load("cgroup_sock_addr", code, CGROUP_INET4_CONNECT)
    directory = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
    bpf(PROG_ATTACH, struct.pack("<IIII", directory, program, CGROUP_INET4_CONNECT, 0))


# --- netlink(7): IPVS and accounting objects ------------------------------------------------------------------------

REQUEST, ACK, CREATE = 1, 4, 0x400
GENERIC, NETFILTER = 16, 12
FAMILY_CONTROL, CONTROL_GETFAMILY, CONTROL_FAMILY_ID, CONTROL_FAMILY_NAME = 16, 3, 1, 2
IPVS_NEW_SERVICE, IPVS_NEW_DEST, IPVS_SERVICE, IPVS_DEST = 1, 5, 1, 2
NEW_ACCOUNTING, ACCOUNTING_NAME = 7 << 8, 1


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, kind) + value.ljust((len(value) + 3) & ~3, b"\0")


def ask(protocol: int, kind: int, payload: bytes, flags: int = 0) -> bytes:
    """Sends one message and gives back the payload of the first answer; an error in it is raised."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as connection:
        header = struct.pack("=IHHII", len(payload) + 16, kind, REQUEST | ACK | flags, 1, 0)
        connection.send(header + payload)
        answer = connection.recv(1 << 16)
    if struct.unpack_from("=H", answer, 4)[0] == 2:  # NLMSG_ERROR, also for "no error"
        (code,) = struct.unpack_from("=i", answer, 16)
        if code != 0:
            raise OSError(-code, os.strerror(-code))
    return answer[16:]


def family(name: str) -> int:
    """The number of a generic family; asking for it is what loads its module."""
    request = struct.pack("=BBH", CONTROL_GETFAMILY, 1, 0) + attribute(CONTROL_FAMILY_NAME, name.encode() + b"\0")
    answer, at = ask(GENERIC, FAMILY_CONTROL, request), 4
    while at < len(answer):
        length, kind = struct.unpack_from("=HH", answer, at)
        if kind == CONTROL_FAMILY_ID:
            return struct.unpack_from("=H", answer, at + 4)[0]
        at += (length + 3) & ~3
    raise LookupError(name)


def virtual_server(address: str, port: str, pod: str, scheduler: str) -> None:
    """`ipvsadm -A -t ADDRESS:PORT -s SCHEDULER` and `-a … -r POD:PORT -m`, as kube-proxy and kube-router do."""
    ipvs = family("IPVS")

    def place(host: str) -> bytes:
        return socket.inet_aton(host).ljust(16, b"\0")

    service = b"".join(
        attribute(kind, value)
        for kind, value in (
            (1, struct.pack("=H", socket.AF_INET)),
            (2, struct.pack("=H", socket.IPPROTO_TCP)),
            (3, place(address)),
            (4, struct.pack(">H", int(port))),
            (6, scheduler.encode() + b"\0"),
            (7, struct.pack("=II", 0, 0xFFFFFFFF)),
            (8, struct.pack("=I", 0)),
            (9, struct.pack(">I", 0xFFFFFFFF)),
        )
    )
    destination = b"".join(
        attribute(kind, value)
        for kind, value in (
            (1, place(pod)),
            (2, struct.pack(">H", int(port))),
            (3, struct.pack("=I", 0)),
            (4, struct.pack("=I", 1)),
            (5, struct.pack("=I", 0)),
            (6, struct.pack("=I", 0)),
            (11, struct.pack("=H", socket.AF_INET)),
        )
    )
    head = struct.pack("=BBH", IPVS_NEW_SERVICE, 1, 0)
    ask(GENERIC, ipvs, head + attribute(IPVS_SERVICE, service), CREATE)
    head = struct.pack("=BBH", IPVS_NEW_DEST, 1, 0)
    ask(GENERIC, ipvs, head + attribute(IPVS_SERVICE, service) + attribute(IPVS_DEST, destination), CREATE)


def accounting(name: str) -> None:
    """`nfacct add NAME`: kube-proxy counts with such objects."""
    payload = struct.pack("=BBH", socket.AF_UNSPEC, 0, 0) + attribute(ACCOUNTING_NAME, name.encode() + b"\0")
    ask(NETFILTER, NEW_ACCOUNTING, payload, CREATE)


# --- a pod ----------------------------------------------------------------------------------------------------------


def serve(port: str) -> None:
    """Answers each connection with `pod`, whatever the address."""
    with socket.create_server(("", int(port))) as server:
        while True:
            connection, _ = server.accept()
            connection.sendall(b"pod\n")
            connection.close()


def call(address: str, port: str) -> None:
    """Connects as a client of a service; another answer than a pod's is an error."""
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        answer = connection.recv(16)
    if answer != b"pod\n":
        raise ValueError(f"{address}:{port} answered {answer!r}")


COMMANDS = {
    each.__name__.replace("_", "-"): each
    for each in (pin, create_maps, link, redirect, virtual_server, accounting, serve, call)
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
