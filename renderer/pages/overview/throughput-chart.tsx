/** Requests and failures of the last sixty seconds, one bar a second. */
import { useEffect, useRef } from 'react'
import { useComputedColorScheme } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import classes from './throughput-chart.module.css'

const heightPx = 132

export interface ThroughputChartProps {
  /** One number a second, oldest first. */
  readonly perSecond: readonly number[]
  readonly failedPerSecond: readonly number[]
}

export function ThroughputChart({ perSecond, failedPerSecond }: ThroughputChartProps) {
  const { t } = useTranslation('overview')
  const scheme = useComputedColorScheme('light')
  const peak = Math.max(0, ...perSecond)
  const failed = failedPerSecond.reduce((sum, count) => sum + count, 0)
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        <span>{t('chart.title')}</span>
        <span className={classes.legend}>
          <span data-series="requests">{t('chart.requests')}</span>
          <span data-series="failed">{t('chart.failed')}</span>
        </span>
      </figcaption>
      {/* Drawn anew in the other scheme: a canvas doesn't follow the variables. */}
      <Bars
        key={scheme}
        label={t('chart.label', { peak, now: perSecond.at(-1) ?? 0, failed })}
        perSecond={perSecond}
        failedPerSecond={failedPerSecond}
        now={t('chart.now')}
      />
    </figure>
  )
}

interface BarsProps extends ThroughputChartProps {
  readonly label: string
  readonly now: string
}

function Bars({ label, perSecond, failedPerSecond, now }: BarsProps) {
  const parent = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)

  useEffect(() => {
    const element = parent.current
    if (element === null) return undefined
    const chart = new uPlot(optionsFor(element, now), [[], [], []], element)
    plot.current = chart
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: heightPx }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.destroy()
    }
  }, [now])

  useEffect(() => {
    const seconds = perSecond.map((_, index) => index - perSecond.length + 1)
    plot.current?.setData([seconds, [...perSecond], [...failedPerSecond]])
  }, [perSecond, failedPerSecond, now])

  // A canvas is no <img>, but to a screen reader it is one picture with one text.
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
  return <div ref={parent} className={classes.plot} role="img" aria-label={label} style={{ height: heightPx }} />
}

function optionsFor(element: HTMLElement, now: string): uPlot.Options {
  const colour = (name: string) => getComputedStyle(element).getPropertyValue(name)
  const bars = uPlot.paths.bars?.({ size: [0.72, 24] })
  const series = (name: string): uPlot.Series => ({
    stroke: colour(name),
    fill: colour(name),
    width: 0,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  })
  const axis: uPlot.Axis = {
    stroke: colour('--mantine-color-dimmed'),
    font: `11px ${getComputedStyle(element).fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: heightPx,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-60, 0.6] },
      // At least four steps, so that one request a second isn't a wall.
      y: { range: (_, __, highest) => [0, Math.max(4, Math.ceil((highest ?? 0) * 1.1))] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        splits: [-60, -45, -30, -15, 0],
        values: (_, splits) => splits.map((second) => (second === 0 ? now : `${second} s`.replace('-', '−'))),
      },
      {
        ...axis,
        size: 36,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
        space: 32,
        // uPlot's own would write 1,000 in any language.
        values: (_, splits) => splits.map(String),
      },
    ],
    series: [{}, series('--chart-requests'), series('--chart-failed')],
  }
}
