import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readKernelFile } from './kernel-file.js'
import { type Mount, readMounts } from './mounts.js'

const FILE = '/proc/self/cgroup'
const MAX_LEVELS = 32 // deeper nests than systemd and Kubernetes together make

/** Directories of one controller, the process's own cgroup first, then its parents as far up as they are visible. */
export interface CgroupChain {
  version: 1 | 2
  mountPoint: string
  directories: string[]
}

export interface Cgroups {
  cpu: CgroupChain | null
  /** CPU time used: the same hierarchy as `cpu` in v2, sometimes another one in v1. */
  cpuacct: CgroupChain | null
  memory: CgroupChain | null
}

/** Finds this process's cgroups; asks the mounts again only when the process moved or `relocate` was called. */
export class CgroupLocator {
  readonly #root: string
  #membership: string | null = null
  #cgroups: Cgroups | null = null

  constructor(root: string) {
    this.#root = root
  }

  locate(): Cgroups | null {
    const membership = readKernelFile(this.#root, FILE)
    if (this.#cgroups === null || membership !== this.#membership) {
      this.#membership = membership
      this.#cgroups = membership === null ? null : this.#find(membership)
    }
    return this.#cgroups
  }

  relocate(): void {
    this.#cgroups = null
  }

  #find(membership: string): Cgroups {
    const mounts = readMounts(this.#root) ?? []
    const unified = this.#chain(mounts.filter(isV2), pathOf(membership, ''), 2)
    const controller = (name: string) => {
      const v1 = mounts.filter((mount) => mount.type === 'cgroup' && mount.superOptions.includes(name))
      // a hybrid system mounts v2 as well, but a controller that v1 holds has no files there
      return this.#chain(v1, pathOf(membership, name), 1) ?? unified
    }
    return { cpu: controller('cpu'), cpuacct: controller('cpuacct'), memory: controller('memory') }
  }

  #chain(mounts: Mount[], path: string | null, version: 1 | 2): CgroupChain | null {
    if (path === null) return null
    const mount = mounts.find((candidate) => pathInside(candidate, path) !== null) ?? mounts[0]
    if (mount === undefined) return null
    const { mountPoint } = mount
    const inside = pathInside(mount, path) ?? ''
    // the path is the host's where the container has no cgroup namespace: its own cgroup is then the mount itself
    const isVisible = existsSync(join(this.#root, mountPoint, inside))
    return { version, mountPoint, directories: isVisible ? directoriesUp(mountPoint, inside) : [mountPoint] }
  }
}

function isV2(mount: Mount): boolean {
  return mount.type === 'cgroup2'
}

/** `4:memory:/a/b` → `/a/b`; the controller of v2 is the empty name, `0::/a/b`. */
function pathOf(membership: string, controller: string): string | null {
  for (const line of membership.split('\n')) {
    const [, controllers, ...path] = line.split(':')
    if (controllers?.split(',').includes(controller)) return path.join(':')
  }
  return null
}

/** Path below the mount: `''` for the mounted cgroup itself, `null` when it lies outside of what is mounted. */
function pathInside(mount: Mount, path: string): string | null {
  if (path.includes('/..')) return null // a cgroup outside of this namespace
  const root = mount.root === '/' ? '' : mount.root
  if (path === '/' || path === root) return root === '' || path === root ? '' : null
  return path.startsWith(`${root}/`) ? path.slice(root.length) : null
}

function directoriesUp(mountPoint: string, inside: string): string[] {
  const directories: string[] = []
  for (let path = inside; path !== '' && directories.length < MAX_LEVELS; path = path.slice(0, path.lastIndexOf('/'))) {
    directories.push(mountPoint + path)
  }
  directories.push(mountPoint)
  return directories
}
