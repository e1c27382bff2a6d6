/**
 * The look: cool greys, one blue, 13 px controls. Contrast is checked by axe in both schemes; where Mantine's own
 * defaults fall short of AA (dimmed and placeholder texts) the resolver below sets darker or lighter ones.
 */
import {
  Autocomplete,
  Badge,
  Button,
  createTheme,
  defaultOptionsFilter,
  localStorageColorSchemeManager,
  Pill,
  SegmentedControl,
  Tooltip,
  type CSSVariablesResolver,
  type OptionsFilter,
  type MantineColorsTuple,
} from '@mantine/core'

const sans =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
const mono =
  'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", monospace'

const gray: MantineColorsTuple = [
  '#f6f7f9',
  '#eef0f3',
  '#e2e5ea',
  '#d2d7de',
  '#bfc6d0',
  '#8e97a5',
  '#5b6472',
  '#434b58',
  '#2a313b',
  '#181d24',
]
const dark: MantineColorsTuple = [
  '#d9dee6',
  '#bcc4cf',
  '#99a3b1',
  '#747f8e',
  '#3b434e',
  '#2c333c',
  '#20262d',
  '#171b20',
  '#121519',
  '#0c0e11',
]
const blue: MantineColorsTuple = [
  '#edf2ff',
  '#dbe4ff',
  '#b9caff',
  '#93adfc',
  '#6d8ff7',
  '#4c72ec',
  '#3860dd',
  '#2c50c4',
  '#2743a3',
  '#203681',
]
// White on the shade that fills a button has a contrast of 4.8 and more; Mantine's own has 3.8.
const red: MantineColorsTuple = [
  '#fff1ef',
  '#ffdeda',
  '#ffbab2',
  '#ff9a8f',
  '#f97066',
  '#f04438',
  '#d92d20',
  '#b42318',
  '#912018',
  '#7a271a',
]

/** A list that offers only what stands in the field already would lie over the field below for nothing. */
const withoutTyped: OptionsFilter = (input) => {
  // Safe: a part of what it was given.
  const found = defaultOptionsFilter(input) as ReturnType<OptionsFilter>
  const [first, second] = found
  const isTyped = first !== undefined && 'value' in first && first.value === input.search
  return isTyped && second === undefined ? [] : found
}

/** No inline script: the chosen scheme is read when the console starts. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'ai-proxy.color-scheme' })

export const theme = createTheme({
  colors: { gray, dark, blue, red },
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 6 },
  black: gray[9],
  fontFamily: sans,
  fontFamilyMonospace: mono,
  headings: {
    fontFamily: sans,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.4' },
      h2: { fontSize: '0.9375rem', lineHeight: '1.45' },
      h3: { fontSize: '0.875rem', lineHeight: '1.45' },
    },
  },
  fontSizes: { xs: '0.8125rem', sm: '0.875rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  breakpoints: { xs: '36em', sm: '45em', md: '60em', lg: '80em', xl: '100em' },
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Dense controls everywhere: 30 px high, 13 px text.
    Button: Button.extend({ defaultProps: { size: 'xs' } }),
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } },
    Badge: Badge.extend({ defaultProps: { tt: 'none', variant: 'default', radius: 'sm', fw: 500 } }),
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'sm' } },
    ...Object.fromEntries(
      ['TextInput', 'PasswordInput', 'NumberInput', 'Textarea', 'Select', 'MultiSelect'].map((name) => [
        name,
        { defaultProps: { size: 'xs' } },
      ]),
    ),
    Autocomplete: Autocomplete.extend({ defaultProps: { size: 'xs', filter: withoutTyped } }),
    TagsInput: {
      // "Tick all" of a provider can mean hundreds of names: they scroll rather than push the rest away.
      defaultProps: { size: 'xs', styles: { input: { maxHeight: '9.5rem', overflowY: 'auto' } } },
    },
    // Names in a field have the size of what is typed beside them.
    Pill: Pill.extend({ vars: () => ({ root: { '--pill-fz': '0.8125rem', '--pill-height': '1.375rem' } }) }),
    // The smallest leaves no air between a word and the line beside it.
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs' },
      vars: () => ({ root: { '--sc-padding': '0.125rem 0.625rem' } }),
      styles: { label: { fontWeight: 400 } },
    }),
    Table: { defaultProps: { horizontalSpacing: 'md', verticalSpacing: 8, fz: 'sm' } },
    Menu: { defaultProps: { shadow: 'md', withinPortal: true } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.45 },
        // Its <header> would count as a second banner of the page.
        attributes: { header: { role: 'presentation' } },
      },
    },
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 350, withArrow: true, events: { hover: true, focus: true, touch: false } },
    }),
  },
})

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-6)',
    '--mantine-color-placeholder': '#69727f',
    '--mantine-color-error': 'var(--mantine-color-red-7)',
    // Icon buttons: quieter than the text beside them.
    '--mantine-color-gray-light-color': 'var(--mantine-color-gray-7)',
    '--mantine-color-anchor': 'var(--mantine-color-blue-7)',
    '--mantine-color-default-border': 'var(--mantine-color-gray-3)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-2)',
    '--mantine-color-placeholder': '#8b95a3',
    '--mantine-color-error': 'var(--mantine-color-red-3)',
    '--mantine-color-gray-light-color': 'var(--mantine-color-dark-1)',
    '--mantine-color-anchor': 'var(--mantine-color-blue-3)',
    '--mantine-color-default-border': 'var(--mantine-color-dark-4)',
  },
})
