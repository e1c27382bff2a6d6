import { Input, SegmentedControl } from '@mantine/core'
import { useId } from '@mantine/hooks'

export interface ChoiceFieldProps<Value extends string> {
  readonly label: string
  readonly description?: string | undefined
  readonly value: Value
  readonly choices: Readonly<Record<Value, string>>
  readonly onChange: (value: Value) => void
}

/** A few choices side by side, all of them readable at once. */
export function ChoiceField<Value extends string>(props: ChoiceFieldProps<Value>) {
  const { label, description, value, choices, onChange } = props
  const id = useId()
  return (
    <div>
      <Input.Label component="div" id={id} size="xs" mb={4}>
        {label}
      </Input.Label>
      <div>
        <SegmentedControl
          aria-labelledby={id}
          value={value}
          data={Object.entries<string>(choices).map(([choice, text]) => ({ value: choice, label: text }))}
          // Safe: the values are the names in `choices`.
          onChange={(choice) => onChange(choice as Value)}
        />
      </div>
      {description !== undefined && <Input.Description mt={4}>{description}</Input.Description>}
    </div>
  )
}
