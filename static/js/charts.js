// Charts in the portal's look, drawn by ECharts as SVG. A page gives the data, never drawing options.
//
//   <figure class="chart" data-chart="ID"></figure>  beside  {{ data|json_script:"ID" }}   (components/chart.html)
//
// The data:
//   title    the sentence a screen reader hears: “盘活楼宇，8月末实际7处，序时12处”
//   kind     "amount" (bars) · "percent" (line from 0 to 100) · "level" (line on an axis around its values) ·
//            "steps" (milestones and occurrences: stepped lines, one mark a date)
//   measure  “处”; "%" for percents
//   months   ["1月", …]: the axis
//   planned  one number or null per month, to the year's end
//   actual   one number or null per month: approved values; null is “not there”, never 0
//   pending  one number or null per month: submitted, not yet approved: a hollow bar with 待审核
//   goal     number, or null for no line;  closed  index of the last judged month (the dot and the labels), or null
//   marks    [{month: index, word: "on_track", label: "开园", value: 3}] for a steps chart, on the planned line
//   small    true for the little curve beside a figure: fewer labels, no goal
//   whole    true where the measure comes in whole pieces: no fractions on the axis
(function () {
  "use strict";

  var SHAPES = {
    overdue: "rect",
    off_target: "rect",
    far_behind: "diamond",
    behind: "triangle",
    due_soon: "triangle",
    on_track: "circle",
    done: "circle",
    done_late: "circle",
    not_due: "circle",
    incomplete: "circle",
    suspended: "circle",
  };

  // What stands inside a mark, as in the sprite of lights.
  var SIGNS = { overdue: "✕", off_target: "−", done: "✓", done_late: "✓", suspended: "−" };

  function tokens(node) {
    var style = getComputedStyle(node);
    return function (name) {
      return style.getPropertyValue("--" + name).trim();
    };
  }

  function say(value, measure) {
    if (value === null || value === undefined) return "—";
    var text = measure === "%" ? Number(value).toFixed(1) + "%" : String(value) + (measure || "");
    return text.replace("-", "−");
  }

  // A highest value and a step that give at most five lines, all on round numbers.
  function scale(highest, whole) {
    if (highest <= 0) return { max: whole ? 4 : 1, interval: whole ? 1 : 0.25 };
    var raw = highest / 4;
    var power = Math.pow(10, Math.floor(Math.log10(raw)));
    var step = [1, 2, 2.5, 5, 10]
      .map(function (n) {
        return n * power;
      })
      .find(function (n) {
        return n >= raw - 1e-9 && !(whole && n % 1 !== 0);
      });
    if (!step) step = Math.ceil(raw);
    return { max: Math.ceil(highest / step - 1e-9) * step, interval: step };
  }

  // Without the dust of binary fractions.
  function tidy(number) {
    return Math.round(number * 1e6) / 1e6;
  }

  function fillOf(word, token) {
    var kind = {
      overdue: "light-bad",
      off_target: "light-bad",
      far_behind: "light-bad",
      behind: "light-behind",
      due_soon: "light-soon",
      on_track: "light-good",
      done: "light-good",
    }[word];
    return kind ? token(kind) : token("paper");
  }
  function edgeOf(word, token) {
    if (word === "behind" || word === "due_soon") return token("light-warn");
    if (word === "overdue" || word === "off_target" || word === "far_behind") return token("light-bad");
    if (word === "on_track" || word === "done" || word === "done_late") return token("light-good");
    return token("light-none");
  }

  function options(data, node) {
    var token = tokens(node);
    var font = getComputedStyle(document.body).fontFamily;
    var narrow = node.clientWidth < 480;
    var percent = data.kind === "percent";
    var steps = data.kind === "steps";
    var level = data.kind === "level";
    var measure = percent ? "%" : data.measure || "";
    var actual = data.actual || [];
    var planned = data.planned || [];
    var pending = data.pending || [];
    var marks = data.marks || [];
    var last = data.closed === undefined ? null : data.closed;
    var numbers = planned.concat(actual, pending, data.small ? [] : [data.goal]).filter(function (n) {
      return typeof n === "number";
    });
    var highest = Math.max.apply(null, numbers.concat([0]));
    var lowest = Math.min.apply(null, numbers.concat([0]));
    var y;
    if (percent) {
      var top = highest > 100 ? Math.ceil(highest / 25) * 25 : 100;
      y = { min: lowest < 0 ? Math.floor(lowest / 25) * 25 : 0, max: top, interval: data.small ? 50 : 25 };
    } else if (level && numbers.length) {
      var least = Math.min.apply(null, numbers);
      var most = Math.max.apply(null, numbers);
      var step = scale(most - least || Math.abs(most) || 1, false).interval;
      var floor = Math.floor(least / step + 1e-9) * step;
      if (least - floor < step / 4 && !(least >= 0 && floor - step < 0)) floor -= step;
      y = { min: tidy(floor), max: tidy(Math.ceil(most / step - 1e-9) * step), interval: step };
    } else {
      var found = scale(highest, data.whole || steps);
      y = { min: lowest < 0 ? -Math.ceil(-lowest / found.interval) * found.interval : 0, max: found.max, interval: found.interval };
    }
    var tick = { color: token("ink-3"), fontSize: narrow || data.small ? 12 : 13, fontFamily: font };
    var end = planned.length - 1;
    while (end > 0 && planned[end] === null) end -= 1;
    // Labels at the judged month: the higher of the two stands above, the lower below or beside, so they never meet.
    var a = last === null ? null : actual[last];
    var p = last === null ? null : planned[last];
    var above = typeof a === "number" && typeof p === "number" && a > p;
    // Where the planned point lies just above the bar, the bar's label goes inside it.
    var clear = above || typeof p !== "number" || typeof a !== "number" || (p - a) / (y.max - y.min) > 0.09;
    var bars = !percent && !steps && !level;
    // ECharts runs a stepped line on into what follows it: nothing may follow the last value.
    var until = actual.length;
    while (until > 0 && (actual[until - 1] === null || actual[until - 1] === undefined)) until -= 1;
    actual = actual.slice(0, until);
    function labelled(values, index, label) {
      return values.map(function (value, i) {
        return i === index && value !== null && value !== undefined ? { value: value, label: label } : value;
      });
    }
    var word = { show: true, fontSize: narrow ? 12 : 13, fontWeight: 700, fontFamily: font };
    // The goal's label stands under its line unless the curves begin just there.
    var range = y.max - y.min;
    var crowded = planned.slice(0, 3).concat(actual.slice(0, 3)).some(function (n) {
      return typeof n === "number" && n < data.goal + range * 0.03 && n > data.goal - range * 0.16;
    });
    var series = [];
    if (data.goal !== null && data.goal !== undefined && !data.small) {
      series.push({
        type: "line",
        data: [],
        markLine: {
          silent: true,
          animation: false,
          symbol: "none",
          lineStyle: { color: token("control"), width: 1, type: "solid" },
          label: {
            position: crowded ? "insideStartTop" : "insideStartBottom",
            distance: [8, 5],
            color: token("ink-2"),
            fontSize: 13,
            fontFamily: font,
            formatter: "目标" + say(data.goal, measure),
          },
          data: [{ yAxis: data.goal }],
        },
      });
    }
    if (bars) {
      series.push({
        name: "实际",
        type: "bar",
        barWidth: narrow ? "52%" : "46%",
        barGap: "-100%",
        itemStyle: { color: token("ink-2") },
        emphasis: { disabled: true },
        data: labelled(
          actual,
          last,
          Object.assign({}, word, {
            position: clear ? "top" : "insideTop",
            distance: 4,
            offset: narrow && typeof pending[last + 1] === "number" ? [-12, 0] : [0, 0],
            color: clear ? token("ink") : token("paper"),
            formatter: "实际" + say(a, ""),
          })
        ),
      });
      if (pending.some(function (n) { return typeof n === "number"; })) {
        series.push({
          name: "待审核",
          type: "bar",
          barWidth: narrow ? "52%" : "46%",
          itemStyle: { color: token("paper"), borderColor: token("ink-2"), borderWidth: 1.2 },
          emphasis: { disabled: true },
          label: {
            show: true,
            position: "top",
            distance: 4,
            offset: narrow ? [16, 0] : [0, 0],
            color: token("ink-2"),
            fontSize: 12,
            fontFamily: font,
            formatter: function (each) {
              return typeof each.value === "number" ? "待审核" + each.value : "";
            },
          },
          data: pending,
        });
      }
    } else {
      series.push({
        name: "实际",
        type: "line",
        step: steps ? "end" : false,
        z: 4,
        showSymbol: true,
        symbol: "circle",
        symbolSize: function (value, each) {
          if (each.dataIndex === last) return 8;
          // A month between two without a value would otherwise leave no trace.
          var alone = typeof actual[each.dataIndex - 1] !== "number" && typeof actual[each.dataIndex + 1] !== "number";
          return alone ? 5 : 0;
        },
        itemStyle: { color: token("ink") },
        lineStyle: { color: token("ink"), width: 2.4 },
        emphasis: { disabled: true },
        data: labelled(
          actual,
          last,
          Object.assign({}, word, {
            position: above ? "top" : data.small ? [14, 10] : [12, 12],
            color: token("ink"),
            formatter: data.small ? "实际" : "实际" + say(a, ""),
          })
        ),
      });
      if (pending.some(function (n) { return typeof n === "number"; })) {
        series.push({
          name: "待审核",
          type: "scatter",
          symbol: "circle",
          symbolSize: 9,
          itemStyle: { color: token("paper"), borderColor: token("ink-2"), borderWidth: 1.6, opacity: 1 },
          emphasis: { disabled: true },
          data: pending.map(function (value, i) {
            if (typeof value !== "number") return value;
            return {
              value: value,
              label: {
                show: true,
                position: value >= planned[i] ? "top" : "bottom",
                offset: narrow ? [14, 0] : [0, 0],
                color: token("ink-2"),
                fontSize: 12,
                fontFamily: font,
                formatter: "待审核" + value,
              },
            };
          }),
        });
      }
    }
    series.push({
      name: "序时",
      type: "line",
      step: steps ? "end" : false,
      z: 3,
      symbol: "circle",
      symbolSize: data.small || percent || steps ? 0 : narrow ? 3 : 5,
      showSymbol: true,
      itemStyle: { color: token("accent") },
      lineStyle: { color: token("accent"), width: 1.8, type: [6, 4] },
      emphasis: { disabled: true },
      endLabel: { show: false },
      data: labelled(
        planned,
        data.small || last === null ? end : last,
        Object.assign({}, word, {
          fontWeight: data.small ? 400 : 700,
          position: data.small ? "right" : last === null ? "top" : above ? (bars ? "right" : "bottom") : steps ? "top" : "left",
          offset: data.small || steps ? [0, 0] : last === null ? [-16, 0] : above ? (bars ? [narrow ? 8 : 20, 2] : [0, 4]) : [4, -8],
          color: token("accent"),
          formatter: data.small ? "序时" : "序时" + say(data.small || last === null ? planned[end] : p, ""),
        })
      ),
    });
    if (marks.length) {
      series.push({
        name: "节点",
        type: "scatter",
        z: 6,
        data: marks.map(function (mark) {
          return {
            name: mark.label,
            value: [mark.month, mark.value],
            symbol: SHAPES[mark.word] || "circle",
            symbolSize: 13,
            itemStyle: {
              color: fillOf(mark.word, token),
              borderColor: edgeOf(mark.word, token),
              borderWidth: 1.5,
              opacity: 1,
              borderType: mark.word === "incomplete" ? "dotted" : "solid",
            },
            label: {
              show: Boolean(SIGNS[mark.word]),
              position: "inside",
              fontSize: 10,
              fontWeight: 700,
              fontFamily: font,
              color: fillOf(mark.word, token) === token("paper") ? edgeOf(mark.word, token) : token("paper"),
              formatter: SIGNS[mark.word] || "",
            },
          };
        }),
        emphasis: { disabled: true },
      });
    }
    return {
      animation: false,
      textStyle: { fontFamily: font },
      aria: { enabled: true, label: { description: data.title || "" } },
      grid: {
        left: data.small ? 30 : data.gutter || (narrow ? 34 : 76),
        right: data.small ? 42 : 0,
        top: data.small ? 10 : 24,
        bottom: data.small ? 24 : 30,
        containLabel: false,
      },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        axisPointer: { type: "line", lineStyle: { color: token("line"), width: 1, type: "solid" } },
        backgroundColor: token("paper"),
        borderColor: token("ink"),
        borderWidth: 1,
        borderRadius: 0,
        padding: [8, 12],
        shadowBlur: 0,
        shadowColor: "transparent",
        shadowOffsetX: 0,
        shadowOffsetY: 0,
        textStyle: { color: token("ink"), fontSize: 13, lineHeight: 20, fontFamily: font, fontWeight: 400 },
        formatter: function (each) {
          var i = each.length ? each[0].dataIndex : 0;
          var lines = [data.months[i]];
          lines.push("序时 " + say(planned[i], measure));
          lines.push("实际 " + say(actual[i], measure));
          if (typeof pending[i] === "number") lines.push("待审核 " + say(pending[i], measure));
          marks.forEach(function (mark) {
            if (mark.month === i) lines.push(mark.label);
          });
          return lines.join("\n");
        },
      },
      xAxis: {
        type: "category",
        data: data.months,
        boundaryGap: !data.small,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: token("control"), width: 1 } },
        axisLabel: Object.assign({}, tick, {
          margin: 9,
          interval: data.small
            ? function (i) {
                return i === 0 || (i + 1) % 3 === 0;
              }
            : narrow
              ? function (i) {
                  return i % 2 === 1;
                }
              : 0,
        }),
      },
      yAxis: {
        type: "value",
        min: y.min,
        max: y.max,
        interval: y.interval,
        axisLabel: Object.assign({}, tick, {
          margin: 8,
          formatter: function (value) {
            return String(tidy(value)).replace("-", "−");
          },
        }),
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { lineStyle: { color: token("line-2"), width: 1 } },
      },
      series: series,
    };
  }

  function draw(node) {
    if (node.hasAttribute("data-drawn")) return;
    var source = document.getElementById(node.getAttribute("data-chart"));
    if (!source) return;
    var data;
    try {
      data = JSON.parse(source.textContent);
    } catch (error) {
      return;
    }
    node.setAttribute("data-drawn", "");
    node.textContent = "";
    var chart = window.echarts.init(node, null, { renderer: "svg" });
    chart.setOption(options(data, node));
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", data.title || "");
    function again() {
      chart.resize();
      chart.setOption(options(data, node), true);
    }
    var width = node.clientWidth;
    window.addEventListener("resize", function () {
      if (node.clientWidth === width) return;
      width = node.clientWidth;
      again();
    });
    window.addEventListener("beforeprint", again);
  }

  window.portalCharts = function (root) {
    if (!window.echarts) return;
    root.querySelectorAll("[data-chart]").forEach(draw);
  };
  window.portalCharts(document);
})();
