import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readModelList } from '../../../proxy/providers/models.ts'

const bare = { created: null, ownedBy: null, contextWindow: null }

describe('readModelList', () => {
  it.each<[string, unknown, readonly unknown[]]>([
    [
      'OpenAI',
      { object: 'list', data: [{ id: 'gpt-4', object: 'model', created: 5, owned_by: 'openai' }] },
      [{ id: 'gpt-4', created: 5, ownedBy: 'openai', contextWindow: null }],
    ],
    [
      'Anthropic',
      { data: [{ id: 'claude-x', type: 'model', created_at: '1970-01-01T00:01:00Z', max_input_tokens: 200000 }] },
      [{ id: 'claude-x', created: 60, ownedBy: null, contextWindow: 200000 }],
    ],
    [
      'Gemini, native',
      { models: [{ name: 'models/gemini-x', inputTokenLimit: 8 }] },
      [{ ...bare, id: 'gemini-x', contextWindow: 8 }],
    ],
    ['Gemini, OpenAI layer', { data: [{ id: 'models/gemini-x' }] }, [{ ...bare, id: 'gemini-x' }]],
    [
      'Together',
      [{ id: 'meta/x', context_length: 9, organization: 'Meta' }],
      [{ ...bare, id: 'meta/x', ownedBy: 'Meta', contextWindow: 9 }],
    ],
    ['OpenRouter', { data: [{ id: 'openai/x', context_length: 7 }] }, [{ ...bare, id: 'openai/x', contextWindow: 7 }]],
    ['Fireworks', { data: [{ id: 'accounts/fireworks/models/x' }] }, [{ ...bare, id: 'accounts/fireworks/models/x' }]],
    [
      'Groq',
      { data: [{ id: 'openai/gpt-oss-120b', context_window: 6 }] },
      [{ ...bare, id: 'openai/gpt-oss-120b', contextWindow: 6 }],
    ],
    ['vLLM', { data: [{ id: 'x', max_model_len: 5 }] }, [{ ...bare, id: 'x', contextWindow: 5 }]],
    ['Mistral', { data: [{ id: 'x', max_context_length: 4 }] }, [{ ...bare, id: 'x', contextWindow: 4 }]],
    [
      'GitHub',
      [{ id: 'openai/x', name: 'X', publisher: 'OpenAI', limits: { max_input_tokens: 3 } }],
      [{ ...bare, id: 'openai/x', ownedBy: 'OpenAI', contextWindow: 3 }],
    ],
    ['Cohere', { models: [{ name: 'command', endpoints: ['chat'] }] }, [{ ...bare, id: 'command' }]],
    ['slugs', { models: [{ slug: 'x' }] }, [{ ...bare, id: 'x' }]],
    [
      'names alone',
      ['a', 'b'],
      [
        { ...bare, id: 'a' },
        { ...bare, id: 'b' },
      ],
    ],
    [
      'the same id twice',
      {
        data: [
          { id: 'x', created: 1 },
          { id: 'x', created: 2 },
        ],
      },
      [{ ...bare, id: 'x', created: 1 }],
    ],
    [
      'entries without an id',
      { data: [null, 7, {}, { id: '' }, { id: 5 }, [], { id: 'models/' }, { id: 'x' }] },
      [{ ...bare, id: 'x' }],
    ],
    [
      'nonsense in the facts',
      { data: [{ id: 'x', created: -1, owned_by: 5, context_length: 'a' }] },
      [{ ...bare, id: 'x' }],
    ],
    ['null as data', { object: 'list', data: null }, []],
    ['null', null, []],
    ['a text', 'models', []],
    ['an error', { error: { message: 'm' } }, []],
  ])('reads the list of %s', (_, body, expected) => {
    expect(readModelList(body)).toEqual(expected)
  })

  it('never throws, and every id is one', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const models = [value, { data: value }, { models: [value] }].flatMap((body) => readModelList(body))
        expect(models.every(({ id }) => id.trim() !== '')).toBe(true)
      }),
    )
  })
})
