/** Who is measured: the built product, the bare relay, other gateways, and the upstream itself without any of them. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child, startMeasured } from './children.ts'
import { cpuOfProcess, memoryOfProcess } from './machine.ts'
import type { Destination, ProbeQuestion, ProcessUsage } from './messages.ts'

export interface Contender {
  readonly name: string
  readonly to: Destination
  /** The names that a client asks for. Only the product knows aliases; the others get the model's own name. */
  readonly model: string
  readonly alias: string
  /** Null for the upstream itself. */
  readonly usage: (() => Promise<ProcessUsage>) | null
  /** Null where there is no Node to look into. */
  readonly probe: ((question: ProbeQuestion) => Promise<unknown>) | null
  readonly stop: () => Promise<void>
}

export interface Site {
  readonly upstreamPort: number
  /** Core of the contenders; null = any. */
  readonly core: number | null
  /** Folder for configs, data and profiles; removed by the caller. */
  readonly folder: string
}

/** How many of everything the config of the product has. */
export interface ConfigSize {
  readonly models: number
  readonly keys: number
  readonly projects: number
  readonly aliases: number
}

const usualSize: ConfigSize = { models: 1, keys: 3, projects: 1, aliases: 1 }

/** @param build - folder that holds the built `cli.js`. */
export async function startProduct(
  site: Site,
  build: string,
  name = 'AI Proxy',
  size: ConfigSize = usualSize,
): Promise<Contender> {
  const folder = mkdtempSync(join(site.folder, 'product-'))
  const configFile = join(folder, 'config.yaml')
  // JSON is YAML, too.
  writeFileSync(configFile, JSON.stringify(productConfig(site.upstreamPort, size)), { mode: 0o600 })
  const child = startMeasured(
    [join(build, 'cli.js'), 'serve', '--config', configFile, '--data', folder, '--lang', 'en', '--log-format', 'text'],
    { core: site.core, cwd: folder },
  )
  const [, port = ''] = await child.line(/http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/)
  const project = size.projects - 1
  return nodeContender(name, child, Number(port), {
    headers: [`authorization: Bearer ${projectKey(project)}`],
    model: modelName(size.models - 1),
    alias: aliasName(size.aliases - 1),
  })
}

export async function startRelay(site: Site): Promise<Contender> {
  const child = startMeasured([join(import.meta.dirname, 'relay.ts'), `http://127.0.0.1:${site.upstreamPort}`], {
    core: site.core,
  })
  const [, port = ''] = await child.line(/:(\d+)$/)
  return nodeContender('bare relay', child, Number(port))
}

/** The upstream without anybody in between: what it takes away from every time. */
export function direct(site: Site): Contender {
  return {
    name: 'direct',
    to: { port: site.upstreamPort, headers: [`authorization: Bearer ${projectKey(0)}`] },
    model: modelName(0),
    alias: modelName(0),
    usage: null,
    probe: null,
    stop: () => Promise.resolve(),
  }
}

/** Portkey's open gateway, the version that npm gives today, kept between runs in the system's temp folder. */
export async function startPortkey(site: Site): Promise<Contender> {
  const folder = join(tmpdir(), 'ai-proxy-bench-portkey')
  const entry = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true })
    console.error('Fetching @portkey-ai/gateway from npm …')
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '@portkey-ai/gateway']
    const { status, stderr } = spawnSync('npm', args, {
      cwd: folder,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    if (status !== 0) throw new Error(`npm could not fetch @portkey-ai/gateway: ${stderr.slice(-500)}`)
  }
  const port = await freePort()
  const child = startMeasured([entry, `--port=${port}`, '--headless'], {
    core: site.core,
    cwd: folder,
    env: { NODE_ENV: 'production' },
  })
  await waitForPort(port)
  return nodeContender('Portkey', child, port, {
    headers: [
      `authorization: Bearer ${projectKey(0)}`,
      'x-portkey-provider: openai',
      `x-portkey-custom-host: http://127.0.0.1:${site.upstreamPort}/v1`,
    ],
  })
}

/** nginx as a plain reverse proxy: what a proxy in C costs. Its time is known in steps of 10 ms. */
export async function startNginx(site: Site): Promise<Contender> {
  const folder = mkdtempSync(join(site.folder, 'nginx-'))
  const port = await freePort()
  const configFile = join(folder, 'nginx.conf')
  writeFileSync(configFile, nginxConfig(folder, port, site.upstreamPort))
  const child = new Child(['nginx', '-p', folder, '-c', configFile, '-e', join(folder, 'error.log')], {
    core: site.core,
    cwd: folder,
  })
  await waitForPort(port)
  return {
    ...direct(site),
    name: 'nginx',
    to: { port, headers: [`authorization: Bearer ${projectKey(0)}`] },
    usage: () =>
      Promise.resolve({
        cpuUs: cpuOfProcess(child.pid) ?? Number.NaN,
        mainUs: Number.NaN,
        rssBytes: memoryOfProcess(child.pid) ?? 0,
        heapBytes: 0,
      }),
    stop: () => child.stop(),
  }
}

export function hasNginx(): boolean {
  return spawnSync('nginx', ['-v']).status === 0
}

function nodeContender(
  name: string,
  child: Child,
  port: number,
  asks: Partial<Pick<Contender, 'model' | 'alias'>> & { readonly headers?: readonly string[] } = {},
): Contender {
  const probe = (question: ProbeQuestion) => child.ask<unknown>(question)
  return {
    name,
    to: { port, headers: asks.headers ?? [`authorization: Bearer ${projectKey(0)}`] },
    model: asks.model ?? modelName(0),
    alias: asks.alias ?? modelName(0),
    usage: () => child.ask<ProcessUsage>({ ask: 'usage' } satisfies ProbeQuestion),
    probe,
    stop: () => child.stop(),
  }
}

const modelName = (index: number) => (index === 0 ? 'bench-model' : `bench-model-${index}`)
const aliasName = (index: number) => (index === 0 ? 'bench-alias' : `bench-alias-${index}`)
const projectKey = (index: number) => `ak-bench-${String(index).padStart(8, '0')}-0123456789abcdef`

function productConfig(upstreamPort: number, { models, keys, projects, aliases }: ConfigSize): object {
  const times = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index))
  return {
    server: {
      port: '127.0.0.1:0',
      auto_models: Object.fromEntries(
        times(aliases, (index) => [aliasName(index), `Bench:${modelName(index % models)}`]),
      ),
    },
    upstreams: [
      {
        name: 'Bench',
        base_url: `http://127.0.0.1:${upstreamPort}/v1`,
        models: times(models, modelName),
        keys: times(keys, (index) => `sk-bench-${String(index).padStart(8, '0')}-fedcba9876543210`),
        // The upstream lies on loopback, where no provider is known by its address.
        stream_usage: true,
      },
    ],
    project_auth: times(projects, (index) => ({
      project_name: `project-${index}`,
      api_key: projectKey(index),
      allowed_models: ['*'],
    })),
  }
}

function nginxConfig(folder: string, port: number, upstreamPort: number): string {
  return `daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
events { worker_connections 16000; }
http {
  access_log off;
  client_max_body_size 64m;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000;
  keepalive_timeout 90s;
  upstream bench { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} backlog=8192;
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A bound TCP server has no other kind of address.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function waitForPort(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD', signal: AbortSignal.timeout(1000) })
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  throw new Error(`Nothing listens on port ${port}.`)
}
