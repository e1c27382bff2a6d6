/**
 * Providers to choose from in a form: one entry for each provider, and one for each
 * platform where a provider has several with keys of their own. Two protocols that share an address
 * (Anthropic, Gemini) share an entry.
 *
 * Model names are examples to begin with; the list that counts is what the upstream itself answers.
 */

import type { ProviderPreset } from '../contract.ts'

export const providerPresets: readonly ProviderPreset[] = [
  hosted('openai', 'OpenAI', 'https://api.openai.com/v1', 'sk-…', {
    keyUrl: 'https://platform.openai.com/api-keys',
    models: ['gpt-5.5', 'gpt-4o-mini'],
  }),
  hosted('anthropic', 'Anthropic', 'https://api.anthropic.com/v1', 'sk-ant-…', {
    keyUrl: 'https://platform.claude.com/settings/keys',
    models: ['claude-opus-5-5', 'claude-sonnet-5'],
    en: 'Best called with the messages API; its chat completions are a testing aid without prompt caching.',
    zh: '建议使用 Messages 接口；它的 Chat Completions 兼容层仅供测试，不支持提示缓存。',
  }),
  hosted('gemini', 'Google Gemini', 'https://generativelanguage.googleapis.com', 'AIza…', {
    keyUrl: 'https://aistudio.google.com/apikey',
    models: ['gemini-3.8-flash'],
    en: 'Serves chat completions and the native Gemini API. Keys of one Google project share its limits.',
    zh: '同时支持 Chat Completions 和 Gemini 原生接口。同一 Google 项目的密钥共享限额。',
  }),
  hosted('deepseek', 'DeepSeek', 'https://api.deepseek.com', 'sk-…', {
    keyUrl: 'https://platform.deepseek.com/api_keys',
    models: ['deepseek-v4-pro', 'deepseek-chat'],
  }),
  hosted('nvidia', 'NVIDIA NIM', 'https://integrate.api.nvidia.com/v1', 'nvapi-…', {
    keyUrl: 'https://build.nvidia.com/settings/api-keys',
    models: ['minimaxai/minimax-m2.1'],
    en: 'Its model list is a catalogue: a key may not be allowed to call all of it. About 40 requests a minute are free.',
    zh: '模型列表只是目录，密钥不一定都能调用。免费额度约为每分钟 40 次请求。',
  }),
  hosted('azure', 'Azure OpenAI', 'https://YOUR-RESOURCE.openai.azure.com/openai/v1', '…', {
    en: 'Put your resource into the address. Model names are the names of your deployments.',
    zh: '请在地址中填入您的资源名。模型名即部署名。',
  }),
  hosted(
    'azure-deployment',
    'Azure OpenAI (deployment)',
    'https://YOUR-RESOURCE.openai.azure.com/openai/deployments/YOUR-DEPLOYMENT?api-version=2024-10-21',
    '…',
    {
      en: 'Put your resource and deployment into the address. It serves this one model only.',
      zh: '请在地址中填入您的资源名和部署名。该地址只提供这一个模型。',
    },
  ),
  hosted('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', 'sk-or-…', {
    keyUrl: 'https://openrouter.ai/settings/keys',
    models: ['openai/gpt-oss-120b'],
  }),
  hosted('groq', 'Groq', 'https://api.groq.com/openai/v1', 'gsk_…', {
    keyUrl: 'https://console.groq.com/keys',
    models: ['openai/gpt-oss-120b'],
  }),
  hosted('mistral', 'Mistral', 'https://api.mistral.ai/v1', '…', {
    keyUrl: 'https://console.mistral.ai/api-keys',
    models: ['mistral-large-latest'],
  }),
  hosted('together', 'Together AI', 'https://api.together.ai/v1', '…', {
    keyUrl: 'https://api.together.ai/settings/api-keys',
    models: ['openai/gpt-oss-120b'],
  }),
  hosted('fireworks', 'Fireworks AI', 'https://api.fireworks.ai/inference/v1', 'fw_…', {
    models: ['accounts/fireworks/models/gpt-oss-120b'],
    en: 'Models are named in full: accounts/fireworks/models/….',
    zh: '模型需写全名：accounts/fireworks/models/…。',
  }),
  hosted('xai', 'xAI', 'https://api.x.ai/v1', 'xai-…', { keyUrl: 'https://console.x.ai', models: ['grok-4.6'] }),
  hosted('moonshot', 'Moonshot AI (Kimi)', 'https://api.moonshot.ai/v1', 'sk-…', {
    keyUrl: 'https://platform.moonshot.ai/console/api-keys',
    models: ['kimi-k3'],
    en: 'Keys of the international and the Chinese platform are not interchangeable.',
    zh: '国际站与中国站的密钥互不通用。',
  }),
  hosted('moonshot-cn', 'Moonshot AI (Kimi), China', 'https://api.moonshot.cn/v1', 'sk-…', {
    keyUrl: 'https://platform.moonshot.cn/console/api-keys',
    models: ['kimi-k3'],
    en: 'Keys of the international and the Chinese platform are not interchangeable.',
    zh: '国际站与中国站的密钥互不通用。',
  }),
  hosted('zhipu', 'Zhipu GLM', 'https://open.bigmodel.cn/api/paas/v4', '….…', {
    keyUrl: 'https://open.bigmodel.cn/usercenter/apikeys',
    models: ['glm-5.3'],
    en: 'For a coding plan use https://open.bigmodel.cn/api/coding/paas/v4.',
    zh: '编程套餐请使用 https://open.bigmodel.cn/api/coding/paas/v4。',
  }),
  hosted('zai', 'Z.ai GLM', 'https://api.z.ai/api/paas/v4', '….…', {
    keyUrl: 'https://z.ai/manage-apikey/apikey-list',
    models: ['glm-5.3'],
    en: 'For a coding plan use https://api.z.ai/api/coding/paas/v4.',
    zh: '编程套餐请使用 https://api.z.ai/api/coding/paas/v4。',
  }),
  hosted('dashscope', 'Alibaba DashScope (Qwen)', 'https://dashscope.aliyuncs.com/compatible-mode/v1', 'sk-…', {
    keyUrl: 'https://bailian.console.aliyun.com/?tab=model#/api-key',
    models: ['qwen-plus', 'qwen-max'],
    en: 'A key works in its own region only.',
    zh: '密钥只能在所属地域使用。',
  }),
  hosted(
    'dashscope-intl',
    'Alibaba DashScope (Qwen), international',
    'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    'sk-…',
    {
      models: ['qwen-plus', 'qwen-max'],
      en: 'A key works in its own region only.',
      zh: '密钥只能在所属地域使用。',
    },
  ),
  hosted('ark', 'Volcengine Ark (Doubao)', 'https://ark.cn-beijing.volces.com/api/v3', '…', {
    keyUrl: 'https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey',
    models: ['doubao-seed-1-8-251228'],
    en: 'A model may also be the id of an endpoint, ep-…. For a coding plan the path is /api/coding/v3.',
    zh: '模型名也可以是推理接入点 ID（ep-…）。编程套餐的路径为 /api/coding/v3。',
  }),
  hosted('siliconflow', 'SiliconFlow', 'https://api.siliconflow.com/v1', 'sk-…', {
    keyUrl: 'https://cloud.siliconflow.com/account/ak',
    models: ['deepseek-ai/DeepSeek-V3'],
  }),
  hosted('siliconflow-cn', 'SiliconFlow, China', 'https://api.siliconflow.cn/v1', 'sk-…', {
    keyUrl: 'https://cloud.siliconflow.cn/account/ak',
    models: ['deepseek-ai/DeepSeek-V3'],
  }),
  hosted('minimax', 'MiniMax', 'https://api.minimax.io/v1', '…', {
    models: ['MiniMax-M3'],
    en: 'Keys of the international and the Chinese platform are not interchangeable.',
    zh: '国际站与中国站的密钥互不通用。',
  }),
  hosted('minimax-cn', 'MiniMax, China', 'https://api.minimaxi.com/v1', '…', {
    models: ['MiniMax-M3'],
    en: 'Keys of the international and the Chinese platform are not interchangeable.',
    zh: '国际站与中国站的密钥互不通用。',
  }),
  hosted('perplexity', 'Perplexity', 'https://api.perplexity.ai', 'pplx-…', {
    models: ['sonar'],
    en: 'It lists no models: name those that you use.',
    zh: '它不提供模型列表：请填写要使用的模型名。',
  }),
  hosted('cerebras', 'Cerebras', 'https://api.cerebras.ai/v1', 'csk-…', {
    keyUrl: 'https://cloud.cerebras.ai',
    models: ['gpt-oss-120b'],
  }),
  hosted('cohere', 'Cohere', 'https://api.cohere.ai/compatibility/v1', '…', {
    keyUrl: 'https://dashboard.cohere.com/api-keys',
    models: ['command-a-03-2025'],
  }),
  hosted('github', 'GitHub Models', 'https://models.github.ai/inference', 'github_pat_…', {
    keyUrl: 'https://github.com/settings/personal-access-tokens',
    models: ['openai/gpt-4.1-mini'],
    en: 'The token needs the permission models:read. Requests are kept to a few thousand tokens.',
    zh: '令牌需要 models:read 权限。单次请求限制为数千个 token。',
  }),
  hosted('ollama-cloud', 'Ollama Cloud', 'https://ollama.com/v1', '…', {
    keyUrl: 'https://ollama.com/settings/keys',
    models: ['gpt-oss:120b'],
  }),
  local('ollama', 'Ollama', 'http://localhost:11434/v1', ['llama3.2', 'qwen3:8b'], {
    en: 'Prompts longer than its num_ctx are cut without a word.',
    zh: '超出 num_ctx 的提示会被静默截断。',
  }),
  local('lm-studio', 'LM Studio', 'http://localhost:1234/v1', []),
  local('vllm', 'vLLM', 'http://localhost:8000/v1', []),
  local('llama-cpp', 'llama.cpp', 'http://localhost:8080/v1', [], {
    en: "Port 8080 is this program's default as well: give one of the two another.",
    zh: '8080 也是本程序的默认端口：请为其中之一改用其他端口。',
  }),
]

interface HostedFacts {
  /** Page where keys are made; left out where it is not known for sure. */
  readonly keyUrl?: string
  readonly models?: readonly string[]
  readonly en?: string
  readonly zh?: string
}

function hosted(id: string, name: string, baseUrl: string, keyHint: string, facts: HostedFacts): ProviderPreset {
  const { keyUrl = null, models: exampleModels = [], en, zh } = facts
  const note = en === undefined || zh === undefined ? null : { en, zh }
  return { id, name, baseUrl, keyHint, keyUrl, local: false, exampleModels, note }
}

function local(
  id: string,
  name: string,
  baseUrl: string,
  exampleModels: readonly string[],
  note: ProviderPreset['note'] = null,
): ProviderPreset {
  return { id, name, baseUrl, keyHint: '', keyUrl: null, local: true, exampleModels, note }
}
