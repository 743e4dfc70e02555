import type { Mount } from './mounts.js'

const MAX_MOUNTS = 64 // more are container hosts, whose further mounts are views of the same few disks

const PSEUDO_TYPES = new Set(
  `autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs nullfs
  overlay proc pstore ramfs rootfs rpc_pipefs securityfs selinuxfs sysfs tmpfs tracefs`.split(/\s+/),
)
// images that are full by nature: a disk alert on a snap would never end
const IMAGE_TYPES = new Set(['squashfs', 'iso9660', 'erofs', 'cramfs', 'composefs'])
const REMOTE_TYPES = /^(?:nfs\d?|cifs|smb3|smbfs|ceph|glusterfs|lustre|gpfs|afs|coda|ncpfs|davfs|fuse(?:\..*)?)$/

/**
 * The mounts whose space is asked for: real file systems, each once, at its shortest mount point.
 * A remote one only where the app itself lives on it (`cwd` or `/`): a server that does not answer holds a thread of the pool,
 * and `process.exit()` waits for that thread (tried on Node 20). Elsewhere that would be our doing, as `df -l` knows.
 */
export function diskMounts(mounts: Mount[], cwd: string): Mount[] {
  const visible = new Map<string, Mount>()
  for (const mount of mounts) visible.set(mount.mountPoint, mount) // a later mount hides an earlier one at its place
  const home = homeOf(cwd, visible)
  const byDevice = new Map<string, Mount>()
  for (const mount of visible.values()) {
    if (!isDisk(mount, home)) continue
    const other = byDevice.get(mount.device)
    if (other === undefined || mount.mountPoint.length < other.mountPoint.length) byDevice.set(mount.device, mount)
  }
  return [...byDevice.values()].slice(0, MAX_MOUNTS)
}

function isDisk(mount: Mount, home: Mount | null): boolean {
  if (mount.mountPoint === '/') return mount.type !== 'rootfs' // the container's overlay, whatever holds it
  if (PSEUDO_TYPES.has(mount.type) || IMAGE_TYPES.has(mount.type)) return false
  return !REMOTE_TYPES.test(mount.type) || mount === home
}

/** The mount on which `path` lies. */
function homeOf(path: string, mounts: Map<string, Mount>): Mount | null {
  for (let directory = path; ; directory = directory.slice(0, directory.lastIndexOf('/')) || '/') {
    const mount = mounts.get(directory)
    if (mount !== undefined) return mount
    if (directory === '/' || !directory.startsWith('/')) return null
  }
}
