import { readKernelFile } from './kernel-file.js'

const FILE = '/proc/self/mountinfo'

export interface Mount {
  /** `major:minor`: the same for all mounts of one file system. */
  device: string
  /** What of the file system is mounted: `/`, or a directory of it (bind mount, subvolume, the container's cgroup). */
  root: string
  mountPoint: string
  type: string
  source: string
  superOptions: string[]
}

/** Mounts in the order they were made; `null` without /proc. */
export function readMounts(root: string): Mount[] | null {
  const text = readKernelFile(root, FILE)
  return text === null ? null : parseMountinfo(text)
}

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
export function parseMountinfo(text: string): Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const separator = line.indexOf(' - ') // before it stands a varying number of optional fields
    if (separator === -1) continue
    const [, , device, root, mountPoint] = line.slice(0, separator).split(' ')
    const [type, source, superOptions] = line.slice(separator + 3).split(' ')
    if (device === undefined || root === undefined || mountPoint === undefined || type === undefined) continue
    mounts.push({
      device,
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      type,
      source: unescapeOctal(source ?? ''),
      superOptions: (superOptions ?? '').split(','),
    })
  }
  return mounts
}

/** The kernel writes space, tab, newline and backslash as `\040` and so on. */
function unescapeOctal(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    : text
}
