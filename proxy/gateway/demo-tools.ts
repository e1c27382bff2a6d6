/** Arguments that fit a tool's JSON schema, for the demo's tool calls. */

type Schema = Readonly<Record<string, unknown>>

/**
 * A small value that fits `schema`: required properties only, first of an enum, shortest list.
 * Handles what tool schemas usually hold; for what it doesn't know it gives an empty object or the text "demo".
 */
export function exampleOf(schema: unknown): unknown {
  return isSchema(schema) ? example(schema, schema, 0) : {}
}

function example(schema: Schema, root: Schema, depth: number): unknown {
  // A schema may refer to itself.
  if (depth > 8) return null
  const variant = [schema.anyOf, schema.oneOf, schema.allOf].find((list) => Array.isArray(list) && list.length > 0)
  if (typeof schema.$ref === 'string') return exampleOfRef(schema.$ref, root, depth)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0]
  if ('default' in schema) return schema.default
  if (Array.isArray(variant) && isSchema(variant[0])) return example(variant[0], root, depth + 1)
  switch (typeOf(schema)) {
    case 'object':
      return exampleObject(schema, root, depth)
    case 'array': {
      const count = typeof schema.minItems === 'number' ? Math.min(schema.minItems, 10) : 0
      const { items } = schema
      return Array.from({ length: count }, () => (isSchema(items) ? example(items, root, depth + 1) : 'demo'))
    }
    case 'number':
    case 'integer':
      return typeof schema.minimum === 'number' ? schema.minimum : 1
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return exampleText(schema)
  }
}

function exampleObject(schema: Schema, root: Schema, depth: number): unknown {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : []
  return Object.fromEntries(
    required.map((name) => {
      const property = properties[name]
      return [name, isSchema(property) ? example(property, root, depth + 1) : 'demo']
    }),
  )
}

function exampleText(schema: Schema): string {
  const formats: Readonly<Record<string, string>> = {
    date: '2026-01-01',
    'date-time': '2026-01-01T00:00:00Z',
    uri: 'https://example.com/',
    email: 'demo@example.com',
  }
  const text = typeof schema.format === 'string' ? (formats[schema.format] ?? 'demo') : 'demo'
  return typeof schema.minLength === 'number' ? text.padEnd(Math.min(schema.minLength, 1000), '.') : text
}

/** Only references into the same schema: #/$defs/Place. */
function exampleOfRef(ref: string, root: Schema, depth: number): unknown {
  const target = ref
    .replace(/^#\/?/, '')
    .split('/')
    .reduce<unknown>((at, name) => (isSchema(at) && name !== '' ? at[name] : at), root)
  return isSchema(target) ? example(target, root, depth + 1) : null
}

function typeOf(schema: Schema): string {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  const type: unknown = types.find((name) => name !== 'null') ?? types[0]
  if (typeof type === 'string') return type
  return isSchema(schema.properties) ? 'object' : 'string'
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
