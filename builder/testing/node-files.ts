import type { NodeFiles } from '../site/node-files/node-files.ts';

/** A node's files, made by hand: those that are not given say only whose they are. */
export function nodeFiles(node: string, files: Partial<NodeFiles['files']> = {}): NodeFiles {
  return {
    node,
    instanceId: `demo-${node}-1`,
    files: {
      'meta-data': `instance-id: demo-${node}-1\nlocal-hostname: ${node}\n`,
      'user-data': '#cloud-config\n{}\n',
      'vendor-data': '#cloud-config\n{}\n',
      'network-config': 'version: 2\n',
      ...files,
    },
  };
}
