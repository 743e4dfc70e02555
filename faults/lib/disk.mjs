// A small disk for one process: an ext4 image mounted where only that process sees it (as root on Linux). The kernel unmounts it and
// frees the loop device when the process has ended, however it ended; the image loses its name as soon as it is mounted.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programPath } from '../../tests/servers/server-process.mjs'
import { rootMissing } from './root.mjs'

export const MIN_DISK_MIB = 8 // what mkfs.ext4 makes of less depends on its version

const MKFS_FOLDERS = ['/usr/sbin', '/sbin'] // not in the PATH of every root shell
// said in full: the defaults differ by distribution, and with them what is left of 32 MiB. Nothing reserved for root, who the app is.
const MKFS_OPTIONS = ['-q', '-F', '-b', '4096', '-N', '1024', '-m', '0', '-O', '^has_journal']
const OWN_MOUNTS = ['unshare', '--mount', '--propagation', 'private'] // no fork: the pid stays, and with it the channel to the parent
const MOUNT_AND_RUN = 'mount -n -t ext4 -o loop "$1" "$2" && rm "$1" && shift 2 && exec "$@"'

/** Why an app cannot have a disk of its own here; `null` when it can. */
export function diskMissing() {
  const notRoot = rootMissing('a disk of its own')
  if (notRoot !== null) return notRoot
  if (programPath('mkfs.ext4', MKFS_FOLDERS) === null)
    return 'a disk of its own takes mkfs.ext4: `apt-get install e2fsprogs`'
  if (!existsSync('/dev/loop-control')) return 'a disk of its own takes loop devices'
  const [command, ...args] = OWN_MOUNTS
  const tried = spawnSync(command, [...args, 'true'])
  if (tried.error !== undefined) return 'a disk of its own takes `unshare` of util-linux'
  if (tried.status !== 0) return 'a disk of its own takes the right to mount'
  return null
}

/** @returns the folder where the disk appears for what is started by `wrapper`, and what removes the rest once that has ended */
export function makeDisk({ mebibytes }) {
  const home = mkdtempSync(join(tmpdir(), 'perf-monitor-disk-'))
  const stop = () => rmSync(home, { recursive: true, force: true })
  try {
    const [image, folder] = [join(home, 'disk.img'), join(home, 'data')]
    mkdirSync(folder)
    writeFileSync(image, '')
    truncateSync(image, mebibytes * 2 ** 20)
    const made = spawnSync(programPath('mkfs.ext4', MKFS_FOLDERS), [...MKFS_OPTIONS, image], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`mkfs.ext4 failed: ${made.error?.message ?? made.stderr}`)
    return { folder, wrapper: wrapperOf({ image, folder }), stop }
  } catch (error) {
    stop()
    throw error
  }
}

/** The command before that of the app's process. */
export function wrapperOf({ image, folder }) {
  return [...OWN_MOUNTS, 'sh', '-c', MOUNT_AND_RUN, 'sh', image, folder]
}
