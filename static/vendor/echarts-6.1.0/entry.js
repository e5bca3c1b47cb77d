// The parts of Apache ECharts 6.1.0 that the portal draws with, and nothing else.
//
// Built with esbuild (both versions are pinned in package.json):
//   npm ci && npm run charts
// which runs: esbuild static/vendor/echarts-6.1.0/entry.js --bundle --minify --format=iife --global-name=echarts
//   --target=chrome90 --legal-comments=none --outfile=static/vendor/echarts-6.1.0/echarts.custom.min.js
// Then bring the sha256 in static/vendor/manifest.json up to date.
import { use, init, graphic } from "echarts/core";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  DatasetComponent,
  GridComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
} from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  LineChart,
  ScatterChart,
  AriaComponent,
  DatasetComponent,
  GridComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  SVGRenderer,
]);

export { init, graphic };
