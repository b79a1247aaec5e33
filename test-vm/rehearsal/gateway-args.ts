import type { Gateway } from './gateways.ts';

/** A gateway with the socket of the switch's port that it is plugged into. */
export interface PluggedGateway {
  readonly gateway: Gateway;
  readonly socket: string;
}

/**
 * QEMU's arguments for the gateways of a site: no machine at all, and its user-mode router (libslirp) on
 * a hub with the cable to each LAN. Pure.
 * @param isOnline whether it leads to the real network; otherwise nothing leaves, but what is forwarded to
 */
export function gatewayArgs(
  gateways: readonly PluggedGateway[],
  monitorSocket: string,
  isOnline: boolean,
): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'none'],
    ...gateways.flatMap(({ gateway, socket }, hub) => [
      ...['-netdev', routerOf(gateway, isOnline)],
      ...['-netdev', `hubport,id=${gateway.id}-router,hubid=${hub},netdev=${gateway.id}`],
      ...[
        '-netdev',
        `stream,id=${gateway.id}-cable,server=off,addr.type=unix,addr.path=${escaped(socket)}`,
      ],
      ...['-netdev', `hubport,id=${gateway.id}-lan,hubid=${hub},netdev=${gateway.id}-cable`],
    ]),
    ...['-qmp', `unix:${escaped(monitorSocket)},server=on,wait=off`],
  ];
}

/** The monitor's command that leads a port of the host's loopback address to a node. Pure. */
export function forwardCommand(
  { id }: Gateway,
  hostPort: number,
  { address, port }: { readonly address: string; readonly port: number },
): string {
  return `hostfwd_add ${id} tcp:127.0.0.1:${hostPort}-${address}:${port}`;
}

function routerOf({ id, ipv4, ipv6 }: Gateway, isOnline: boolean): string {
  const four =
    ipv4 === undefined
      ? ['ipv4=off']
      : [
          `net=${ipv4.network}`,
          `host=${ipv4.host}`,
          `dns=${ipv4.dns}`,
          `dhcpstart=${ipv4.dhcpStart}`,
        ];
  const six =
    ipv6 === undefined
      ? ['ipv6=off']
      : [`ipv6-net=${ipv6.network}`, `ipv6-host=${ipv6.host}`, `ipv6-dns=${ipv6.dns}`];
  return ['user', `id=${id}`, ...four, ...six, `restrict=${isOnline ? 'off' : 'on'}`].join(',');
}

/** QEMU splits options at commas; a doubled comma is a plain one. */
function escaped(text: string): string {
  return text.replaceAll(',', ',,');
}
