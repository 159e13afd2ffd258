// Draws series over days or hours with uPlot in the colours of the theme. Loaded when the first chart is shown.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './plot.css';
import { compact, number } from '../lib/i18n/format.ts';
import { nameOf, STEPS, type Unit } from './time-units.ts';

type Series = { name: string; color: string; values: number[] };

const HEIGHT = 220;

/** `times` counts days or hours since 1970. */
export function draw(target: HTMLElement, unit: Unit, times: number[], series: Series[]): { destroy: () => void } {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const font = `12px ${color('--sans')}`;
  const axis = { stroke: color('--text-2'), font, ticks: { show: false }, grid: { stroke: color('--line'), width: 1 } };
  const tip = document.createElement('div');
  tip.className = 'plot-tip';
  tip.hidden = true;

  const chart = new uPlot(
    {
      width: Math.max(target.clientWidth, 200),
      height: HEIGHT,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 8 } },
      scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(high * 1.08, 4)] } },
      axes: [
        { ...axis, grid: { show: false }, size: 30, gap: 8, space: 70, incrs: STEPS[unit], values: (_plot, ticks) => ticks.map((at) => nameOf(unit, at)) },
        { ...axis, size: 52, values: (_plot, ticks) => ticks.map((value) => (Number.isInteger(value) ? compact(value) : '')) },
      ],
      series: [
        {},
        ...series.map((one, index) => {
          const stroke = color(one.color);
          // The tokens are hex colours, so two more digits are an alpha.
          const fill = index === 0 ? `${stroke}1a` : 'transparent';
          return { label: one.name, stroke, width: 2, fill, points: { show: times.length <= 40, size: 6, fill: color('--bg') } };
        }),
      ],
      hooks: {
        setCursor: [
          (plot) => {
            const index = plot.cursor.idx;
            const at = index === null || index === undefined ? undefined : times[index];
            tip.hidden = at === undefined || (plot.cursor.left ?? -1) < 0;
            if (tip.hidden || at === undefined || index === null || index === undefined) return;
            const lines = series.map((one) => `${one.name} ${number(one.values[index] ?? 0)}`);
            tip.textContent = [nameOf(unit, at), ...lines].join('\n');
            const left = plot.valToPos(at, 'x');
            tip.style.left = `${Math.min(left + 60, target.clientWidth - 150)}px`;
          },
        ],
      },
    },
    [times, ...series.map((one) => one.values)],
    target,
  );
  target.append(tip);
  const watcher = new ResizeObserver(() => chart.setSize({ width: Math.max(target.clientWidth, 200), height: HEIGHT }));
  watcher.observe(target);
  return {
    destroy() {
      watcher.disconnect();
      chart.destroy();
      tip.remove();
    },
  };
}
