// Whether a run produced its figures. Never whether they are good: no build fails because a machine is slow.

/** Paths of everything in a result that should be a number and is none. */
export function missingFigures(result) {
  const missing = []
  visit(result, '', missing)
  for (const part of ['http', 'micro']) {
    const members = result[part] && (result[part].frameworks ?? result[part].subjects)
    if (members?.length === 0) missing.push(part)
  }
  return missing
}

function visit(value, path, missing) {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    missing.push(path)
  else if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) visit(inner, path === '' ? key : `${path}.${key}`, missing)
  }
}
