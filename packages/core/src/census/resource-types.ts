// What is counted, as `async_hooks` names it. Promises, ticks and immediates are left out: there are thousands a second, and none stays.

const HANDLES = [
  'Timeout',
  'TCPWRAP',
  'TCPSERVERWRAP',
  'TLSWRAP',
  'PIPEWRAP',
  'PIPESERVERWRAP',
  'UDPWRAP',
  'TTYWRAP',
  'FILEHANDLE',
  'FSEVENTWRAP',
  'STATWATCHER',
  'PROCESSWRAP',
  'WORKER',
  'MESSAGEPORT',
  'HTTP2SESSION',
  'HTTP2STREAM',
  'ZLIB',
]

/** What takes a thread of libuv's pool while it runs; `ZLIB` and `FILEHANDLE` do by the call. */
const REQUESTS = [
  'FSREQCALLBACK',
  'FSREQPROMISE',
  'FILEHANDLECLOSEREQ',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'PBKDF2REQUEST',
  'SCRYPTREQUEST',
  'ARGON2REQUEST',
  'HKDFREQUEST',
  'HASHREQUEST',
  'RANDOMBYTESREQUEST',
  'RANDOMPRIMEREQUEST',
  'CHECKPRIMEREQUEST',
  'KEYGENREQUEST',
  'KEYPAIRGENREQUEST',
  'KEYEXPORTREQUEST',
  'SIGNREQUEST',
  'CIPHERREQUEST',
  'DERIVEBITSREQUEST',
]

/** Not of the pool, but opened: connections. */
const CONNECTS = ['TCPCONNECTWRAP', 'PIPECONNECTWRAP']

export const RESOURCE_TYPES: ReadonlySet<string> = new Set([...HANDLES, ...REQUESTS, ...CONNECTS])

/** Destroyed only when it is collected, long after it was closed: whether it is open has to be asked. */
export const FILE_HANDLE = 'FILEHANDLE'
