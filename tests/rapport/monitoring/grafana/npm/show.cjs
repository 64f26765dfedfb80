// Shows the panels of a dashboard with Grafana's own code, on what Prometheus answers.
// Reads one request a line, and answers with one line: what each panel shows.
"use strict";
const readline = require("node:readline");
const { createRequire } = require("node:module");
const modules = createRequire(process.argv[2] + "/");
const nothing = () => {};
console.info = console.log = console.error; // Only answers go to the standard output.
// Loaded before there is a window, which it would take for a browser.
modules("react-use");
globalThis.window = { addEventListener: nothing, removeEventListener: nothing, matchMedia: nothing };
globalThis.navigator ??= { language: "en", languages: ["en"] };
globalThis.localStorage = { getItem: () => null, setItem: nothing };
const g = modules("@grafana/data");
const { firstValueFrom } = modules("rxjs");

const COLUMN_PIXELS = 75;
const SCRAPE_SECONDS = 15;
const theme = g.createTheme();
// Its source is not free to use here: the trend column is tested by its query.
const NOT_HERE = new Set(["timeSeriesTable"]);

const byId = new Map(Object.values(g.standardTransformers).map((one) => [one.id, one]));
g.standardTransformersRegistry.setInit(() =>
  [...byId].map(([id, transformation]) => ({ id, name: id, transformation })),
);
const STANDARD = ["unit", "min", "max", "decimals", "displayName", "color", "thresholds", "mappings", "links", "noValue"];
const CUSTOM = ["hidden", "cellOptions", "width", "hideFrom", "lineWidth", "fillBelowTo", "fillOpacity"];
const option = (id, path, isCustom) => ({
  id, path, isCustom, name: id, settings: {}, override: nothing, editor: nothing,
  process: (value) => value, shouldApply: () => true,
});
g.standardFieldConfigEditorRegistry.setInit(() => STANDARD.map((id) => option(id, id, false)));
const registry = new g.FieldConfigOptionsRegistry(() => [
  ...STANDARD.map((id) => option(id, id, false)),
  ...CUSTOM.map((id) => option("custom." + id, id, true)),
]);

function filled(text, request, stepSeconds) {
  const values = {
    ...request.variables,
    __range: `${Math.round((request.to - request.from) / 1000)}s`,
    __interval: `${stepSeconds}s`,
    __rate_interval: `${Math.max(stepSeconds + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s`,
  };
  return text.replace(/\$(\w+)/g, (_, name) => {
    if (!(name in values)) throw new Error(`no variable ${name} in ${text}`);
    return values[name];
  });
}

function stepOf(panel, target, request) {
  const pixels = panel.gridPos.w * COLUMN_PIXELS;
  const least = g.rangeUtil.intervalToMs(target.interval || "15s");
  const wanted = g.rangeUtil.roundInterval((request.to - request.from) / pixels);
  return Math.max(least, wanted) / 1000;
}

async function asked(path, parameters, request) {
  const answer = await fetch(`${request.prometheus}/api/v1/${path}`, {
    method: "POST", body: new URLSearchParams(parameters),
  });
  const text = await answer.text();
  const found = JSON.parse(text);
  if (found.status !== "success") throw new Error(`${found.error}: ${parameters.query}`);
  return { result: found.data.result, bytes: text.length };
}

// What Grafana puts in the place of a variable with several values.
const escaped = (value) => value.replace(/\\/g, "\\\\\\\\").replace(/[$^*{}[\]'+?.()|]/g, "\\\\$&");
const anyOf = (values) => (values.length === 1 ? escaped(values[0]) : `(${values.map(escaped).join("|")})`);

async function hiddenVariables(request) {
  const found = {};
  for (const variable of request.dashboard.templating.list.filter((one) => one.hide === 2)) {
    const wanted = filled(variable.query.query.match(/^query_result\((.*)\)$/)[1], request, 0);
    const { result } = await asked("query", { query: wanted, time: request.to / 1000 }, request);
    const pattern = new RegExp(variable.regex.replace(/^\/|\/$/g, ""));
    found[variable.name] = anyOf(result.map(({ metric }) => {
      const labels = Object.entries(metric).map(([name, value]) => `${name}="${value}"`);
      return `{${labels.join(",")}} 1`.match(pattern)[1];
    }));
  }
  return found;
}

async function framesOf(panel, target, request) {
  const step = stepOf(panel, target, request);
  const query = filled(target.expr, request, step);
  const down = (at) => Math.floor(at / 1000 / step) * step;
  const { result, bytes } = target.range
    ? await asked("query_range", { query, start: down(request.from), end: down(request.to), step }, request)
    : await asked("query", { query, time: request.to / 1000 }, request);
  const frames = target.format === "table"
    ? tableFrame(panel, target, result)
    : result.map((series) => timeFrame(target, series));
  return { frames, bytes };
}

const numberOf = (text) => (text === "NaN" ? NaN : Number(text.replace("Inf", "Infinity")));

function timeFrame(target, series) {
  const points = series.values ?? [series.value];
  const name = target.legendFormat.replace(/{{\s*(\w+)\s*}}/g, (_, label) => series.metric[label] ?? "");
  return g.toDataFrame({
    refId: target.refId, name, meta: { type: "timeseries-multi" },
    fields: [
      { name: "Time", type: g.FieldType.time, values: points.map(([at]) => at * 1000) },
      {
        name: "Value", type: g.FieldType.number, labels: series.metric,
        config: { displayNameFromDS: name }, values: points.map(([, value]) => numberOf(value)),
      },
    ],
  });
}

function tableFrame(panel, target, result) {
  if (!result.length) return [g.toDataFrame({ refId: target.refId, fields: [] })];
  const labels = [...new Set(result.flatMap((series) => Object.keys(series.metric)))].sort();
  const value = panel.targets.length > 1 ? `Value #${target.refId}` : "Value";
  return [g.toDataFrame({
    refId: target.refId,
    fields: [
      { name: "Time", type: g.FieldType.time, values: result.map((series) => series.value[0] * 1000) },
      ...labels.map((label) => ({
        name: label, type: g.FieldType.string, values: result.map((series) => series.metric[label] ?? ""),
      })),
      { name: value, type: g.FieldType.number, values: result.map((series) => numberOf(series.value[1])) },
    ],
  })];
}

const shownAs = (display) => ({ text: g.formattedValueToString(display), color: display.color });

function displayed(panel, frames) {
  return g.getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions,
    replaceVariables: (text) => text, theme, data: frames, timeZone: "utc",
  }).map(({ display }) => ({ title: display.title ?? "", ...shownAs(display), value: display.numeric }));
}

function lines(frames) {
  return frames.flatMap((frame) => frame.fields
    .filter((field) => field.type === g.FieldType.number)
    .map((field) => {
      const { lastNotNull } = g.reduceField({ field, reducers: ["lastNotNull"] });
      const times = frame.fields[0].values;
      return {
        title: g.getFieldDisplayName(field, frame, frames), ...shownAs(field.display(lastNotNull)),
        line: field.config.color?.fixedColor ?? null, points: times.length,
        first: times[0], last: times[times.length - 1], times: [...times], values: [...field.values],
        texts: Object.fromEntries([...new Set(field.values)].map((value) => [value, shownAs(field.display(value))])),
      };
    }));
}

function columns(frames) {
  return frames.flatMap((frame) => frame.fields
    .filter((field) => !field.config.custom?.hidden)
    .map((field) => ({
      title: g.getFieldDisplayName(field, frame, frames),
      hidden: field.config.custom?.hideFrom ?? null,
      cells: [...field.values].map((value) => ({ ...shownAs(field.display(value)), value })),
      links: (field.config.links ?? []).map((link) => link.url),
    })));
}

const SHOW = { stat: displayed, bargauge: displayed };

async function shown(panel, request) {
  const answers = await Promise.all(panel.targets.map((target) => framesOf(panel, target, request)));
  const wanted = (panel.transformations ?? []).filter((one) => !NOT_HERE.has(one.id));
  const left = new Set((panel.transformations ?? []).filter((one) => NOT_HERE.has(one.id)).map((one) => one.filter?.options));
  const raw = answers.flatMap((answer) => answer.frames).filter((frame) => !left.has(frame.refId));
  const transformed = await firstValueFrom(g.transformDataFrame(wanted, raw));
  const frames = g.applyFieldOverrides({
    data: transformed, fieldConfig: panel.fieldConfig, replaceVariables: (text) => text, theme,
    fieldConfigRegistry: registry, timeZone: "utc",
  });
  const values = panel.type === "table" || panel.type === "barchart" ? columns(frames)
    : panel.type in SHOW ? displayed(panel, frames) : lines(frames);
  const queries = Object.fromEntries(panel.targets.map((target, at) => [target.refId, answers[at].frames.length]));
  return { title: panel.title, type: panel.type, values, queries, bytes: answers.reduce((sum, answer) => sum + answer.bytes, 0) };
}

async function answer(request) {
  Date.now = () => request.to; // "A minute ago" is counted from then.
  const panels = request.dashboard.panels.filter((panel) => panel.type !== "row");
  const variables = { ...request.variables, ...(await hiddenVariables(request)) };
  const found = [];
  for (const panel of panels) found.push(await shown(panel, { ...request, variables }));
  return found;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let result;
    try {
      result = { panels: await answer(JSON.parse(line)) };
    } catch (error) {
      result = { error: String(error.stack ?? error) };
    }
    process.stdout.write(JSON.stringify(result) + "\n");
  }
}

main();
