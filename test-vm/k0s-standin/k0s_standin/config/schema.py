"""The tree of k0s's ClusterConfig: every field that k0s knows, and none else."""

from k0s_standin.config.shape import (
    Anything,
    Choice,
    Duration,
    Fields,
    ListOf,
    MapOf,
    Number,
    Text,
    Truth,
)

TEXT, TRUTH, NUMBER, DURATION, ANYTHING = Text(), Truth(), Number(), Duration(), Anything()
TEXTS = ListOf(TEXT)
PORT = Number(1, 65535)
PULL_POLICY = Choice(("IfNotPresent", "Always", "Never"))

# Arguments for a program: a map of values, and a list taken as it is.
ARGS = {"extraArgs": MapOf(TEXT), "rawArgs": TEXTS}
CA = Fields({"expiresAfter": DURATION, "certificatesExpireAfter": DURATION})
IMAGE = Fields({"image": TEXT, "version": TEXT})

PATCHES = ListOf(
    Fields(
        {
            "target": Fields({"kind": TEXT, "name": TEXT, "namespace": TEXT}, ("kind", "name")),
            "patch": Fields(
                {"type": Choice(("JSON", "StrategicMergePatch", "MergePatch")), "content": TEXT},
                ("type", "content"),
            ),
        },
        ("target", "patch"),
    )
)

API = Fields(
    {
        "address": TEXT,
        "externalAddress": TEXT,
        "onlyBindToAddress": TRUTH,
        "port": PORT,
        "k0sApiPort": PORT,
        "sans": TEXTS,
        **ARGS,
        "ca": CA,
    }
)

STORAGE = Fields(
    {
        "type": Choice(("etcd", "kine")),
        "etcd": Fields(
            {
                "peerAddress": TEXT,
                **ARGS,
                "ca": CA,
                "externalCluster": Fields(
                    {
                        "endpoints": ListOf(TEXT),
                        "etcdPrefix": TEXT,
                        "caFile": TEXT,
                        "clientCertFile": TEXT,
                        "clientKeyFile": TEXT,
                    },
                    ("endpoints", "etcdPrefix"),
                ),
            }
        ),
        "kine": Fields({"dataSource": TEXT, **ARGS}),
    }
)

CALICO = Fields(
    {
        "mode": Choice(("bird", "vxlan", "ipip")),
        "overlay": Choice(("Always", "CrossSubnet", "Never")),
        "vxlanPort": NUMBER,
        "vxlanVNI": NUMBER,
        "mtu": NUMBER,
        "wireguard": TRUTH,
        "flexVolumeDriverPath": TEXT,
        "ipAutodetectionMethod": TEXT,
        "ipV6AutodetectionMethod": TEXT,
        "envVars": MapOf(TEXT),
        "patches": PATCHES,
    }
)

KUBE_ROUTER = Fields(
    {
        "autoMTU": TRUTH,
        "mtu": NUMBER,
        "metricsPort": NUMBER,
        "hairpin": Choice(("Enabled", "Allowed", "Disabled")),
        "hairpinMode": TRUTH,
        "ipMasq": TRUTH,
        "peerRouterASNs": TEXT,
        "peerRouterIPs": TEXT,
        **ARGS,
        "patches": PATCHES,
    }
)

SYNC = {"syncPeriod": DURATION, "minSyncPeriod": DURATION}
MASQUERADE = {"masqueradeBit": NUMBER, "masqueradeAll": TRUTH}

KUBE_PROXY = Fields(
    {
        "disabled": TRUTH,
        "mode": Choice(("iptables", "ipvs", "nftables", "userspace")),
        "metricsBindAddress": TEXT,
        "healthzBindAddress": TEXT,
        "iptables": Fields({**MASQUERADE, "localhostNodePorts": TRUTH, **SYNC}),
        "ipvs": Fields(
            {
                **SYNC,
                "scheduler": TEXT,
                "excludeCIDRs": TEXTS,
                "strictARP": TRUTH,
                "tcpTimeout": DURATION,
                "tcpFinTimeout": DURATION,
                "udpTimeout": DURATION,
            }
        ),
        "nftables": Fields({**MASQUERADE, **SYNC}),
        "nodePortAddresses": TEXTS,
        **ARGS,
        "patches": PATCHES,
    }
)

LOCAL_BALANCER = Fields(
    {
        "image": IMAGE,
        "imagePullPolicy": PULL_POLICY,
        "apiServerBindPort": PORT,
        "konnectivityServerBindPort": PORT,
    }
)

KEEPALIVED = Fields(
    {
        "vrrpInstances": ListOf(
            Fields(
                {
                    "virtualIPs": ListOf(TEXT, least=1),
                    "interface": TEXT,
                    "virtualRouterID": Number(1, 255),
                    "advertIntervalSeconds": Number(1),
                    "authPass": TEXT,
                    "unicastPeers": TEXTS,
                    "unicastSourceIP": TEXT,
                    "addressLabel": NUMBER,
                },
                ("virtualIPs", "authPass"),
            ),
            most=255,
        ),
        "virtualServers": ListOf(
            Fields(
                {
                    "ipAddress": TEXT,
                    "delayLoop": DURATION,
                    "lbAlgo": Choice(("rr", "wrr", "lc", "wlc", "lblc", "dh", "sh", "sed", "nq")),
                    "lbKind": Choice(("NAT", "DR", "TUN")),
                    "persistenceTimeoutSeconds": Number(1, 2678400),
                },
                ("ipAddress",),
            )
        ),
        "userSpaceProxyBindPort": PORT,
        "disableLoadBalancer": TRUTH,
        "configTemplateVRRP": TEXT,
        "configTemplateVS": TEXT,
    }
)

NETWORK = Fields(
    {
        "provider": Choice(("kuberouter", "calico", "custom")),
        "podCIDR": TEXT,
        "serviceCIDR": TEXT,
        "clusterDomain": TEXT,
        "primaryAddressFamily": Choice(("IPv4", "IPv6")),
        "dualStack": Fields({"enabled": TRUTH, "IPv6podCIDR": TEXT, "IPv6serviceCIDR": TEXT}),
        "calico": CALICO,
        "kuberouter": KUBE_ROUTER,
        "kubeProxy": KUBE_PROXY,
        "coreDNS": Fields({"patches": PATCHES}),
        "nodeLocalLoadBalancing": Fields(
            {
                "enabled": TRUTH,
                "type": Choice(("EnvoyProxy", "Traefik")),
                "envoyProxy": LOCAL_BALANCER,
                "traefik": LOCAL_BALANCER,
            }
        ),
        "controlPlaneLoadBalancing": Fields(
            {"enabled": TRUTH, "type": Choice(("Keepalived",)), "keepalived": KEEPALIVED}
        ),
    }
)

IMAGES = Fields(
    {
        "repository": TEXT,
        "default_pull_policy": PULL_POLICY,
        **{name: IMAGE for name in ("konnectivity", "metricsserver", "kubeproxy", "coredns", "pause", "pushgateway")},
        "calico": Fields({name: IMAGE for name in ("cni", "node", "kubecontrollers", "windows")}),
        "kuberouter": Fields({name: IMAGE for name in ("cni", "cniInstaller")}),
        "windows": Fields({name: IMAGE for name in ("kubeproxy", "pause")}),
    }
)

HELM = Fields(
    {
        "concurrencyLevel": NUMBER,
        "repositories": ListOf(
            Fields(
                {
                    "name": TEXT,
                    "url": TEXT,
                    "caFile": TEXT,
                    "certFile": TEXT,
                    "keyfile": TEXT,
                    "insecure": TRUTH,
                    "username": TEXT,
                    "password": TEXT,
                },
                ("name", "url"),
            )
        ),
        "charts": ListOf(
            Fields(
                {
                    "name": TEXT,
                    "chartname": TEXT,
                    "version": TEXT,
                    "values": TEXT,
                    "namespace": TEXT,
                    # A duration, or nanoseconds as older releases wrote it.
                    "timeout": ANYTHING,
                    "forceUpgrade": TRUTH,
                    "order": NUMBER,
                },
                ("name", "chartname", "namespace"),
            )
        ),
    }
)

USERS = ("etcdUser", "kineUser", "konnectivityUser", "kubeAPIserverUser", "kubeSchedulerUser")

SPEC = Fields(
    {
        "api": API,
        "storage": STORAGE,
        "network": NETWORK,
        "controllerManager": Fields(ARGS),
        "scheduler": Fields(ARGS),
        "workerProfiles": ListOf(Fields({"name": TEXT, "values": MapOf(ANYTHING)}, ("name",))),
        "konnectivity": Fields({"adminPort": PORT, "agentPort": PORT, "externalAddress": TEXT}),
        "images": IMAGES,
        "extensions": Fields(
            {"helm": HELM, "storage": Fields({"type": TEXT, "create_default_storage_class": TRUTH})}
        ),
        "telemetry": Fields({"enabled": TRUTH}),
        "installConfig": Fields({"users": Fields({name: TEXT for name in USERS})}),
        "featureGates": ListOf(
            Fields({"name": TEXT, "enabled": TRUTH, "components": ListOf(TEXT, least=1)}, ("name",))
        ),
        "metricsServer": Fields({"patches": PATCHES}),
    }
)

METADATA = Fields(
    {
        "name": TEXT,
        "namespace": TEXT,
        "labels": MapOf(TEXT),
        "annotations": MapOf(TEXT),
        **{name: ANYTHING for name in ("creationTimestamp", "generation", "resourceVersion", "uid")},
        **{name: ANYTHING for name in ("finalizers", "managedFields", "ownerReferences")},
    }
)

CLUSTER_CONFIG = Fields(
    {
        "apiVersion": Choice(("k0s.k0sproject.io/v1beta1",)),
        "kind": Choice(("ClusterConfig",)),
        "metadata": METADATA,
        "spec": SPEC,
        "status": Fields({}),
    }
)
