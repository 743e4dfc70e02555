import si from 'systeminformation'

/** CPU, memory, disks, network and disk I/O: what a monitor shows. */
export function create() {
  let last = null
  return {
    async sample() {
      last = await Promise.all([si.currentLoad(), si.mem(), si.fsSize(), si.networkStats(), si.disksIO()])
    },
    isComplete: () => last !== null,
  }
}
