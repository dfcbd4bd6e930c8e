import {Component, onWillStart, onWillUnmount, useEffect, useRef, useState} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {formatInteger} from "@web/views/fields/formatters";
import {TONES} from "../charts";
import {fillOf} from "./patterns";

/** Height of one bar with what is around it, and of the axis and the legend, in pixels. */
const BAR = 34;
const FRAME = 84;
const LINE_HEIGHT = 260;
let number = 0;

/** A graph by Odoo's Chart.js, which can be shown as a table too. */
export class ResultsChart extends Component {
    static template = "healthcare_crm_followup.ResultsChart";
    static props = {
        title: String,
        hint: {type: String, optional: true},
        /** {kind: "bar" | "line", first, labels, series: [{tone, label, values}]} */
        chart: Object,
        /** Called with a series and a place in it, where there is more to see. */
        onOpen: {type: Function, optional: true},
    };

    setup() {
        this.id = `o_results_chart_${++number}`;
        this.canvas = useRef("canvas");
        this.state = useState({isTable: false});
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                this.draw();
                return () => this.clear();
            },
            () => [this.props.chart, this.state.isTable],
        );
        onWillUnmount(() => this.clear());
    }

    get height() {
        const {kind, labels} = this.props.chart;
        return kind === "bar" ? FRAME + BAR * labels.length : LINE_HEIGHT;
    }

    /** What the graph shows, for those who do not see it. */
    get summary() {
        const {series} = this.props.chart;
        const sums = series.map(
            ({label, values}) => `${label}: ${this.format(values.reduce((a, b) => a + b, 0))}`,
        );
        return `${this.props.title}. ${sums.join(", ")}`;
    }

    format(value) {
        return formatInteger(value);
    }

    open(series, place) {
        if (this.props.onOpen && series.values[place]) {
            this.props.onOpen(series, place);
        }
    }

    clear() {
        this.drawn?.destroy();
        this.drawn = null;
    }

    draw() {
        if (this.canvas.el) {
            this.drawn = new window.Chart(this.canvas.el, this.getConfig());
        }
    }

    getConfig() {
        const {kind, labels} = this.props.chart;
        const color = getComputedStyle(this.canvas.el).color;
        const isBar = kind === "bar";
        const grid = {color: "rgba(128, 128, 128, 0.25)"};
        const numbers = {
            beginAtZero: true,
            stacked: isBar,
            grid,
            ticks: {color, precision: 0, callback: (value) => this.format(value)},
        };
        const names = {
            stacked: isBar,
            grid: {display: false},
            ticks: {
                color,
                autoSkip: !isBar,
                maxRotation: 0,
                callback: (_v, place) => short(labels[place]),
            },
        };
        return {
            type: kind,
            data: {labels, datasets: this.props.chart.series.map((one) => this.getDataset(one))},
            options: {
                animation: false,
                maintainAspectRatio: false,
                indexAxis: isBar ? "y" : "x",
                interaction: {mode: isBar ? "nearest" : "index", intersect: isBar},
                scales: isBar ? {x: numbers, y: names} : {x: names, y: numbers},
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: {color, usePointStyle: !isBar, boxWidth: 24},
                    },
                    tooltip: {
                        callbacks: {
                            title: ([item]) => labels[item.dataIndex],
                            label: (item) => `${item.dataset.label}: ${this.format(item.raw)}`,
                        },
                    },
                },
                onHover: (event, [element]) => {
                    event.native.target.style.cursor =
                        element && this.props.onOpen ? "pointer" : "default";
                },
                onClick: (event, [element]) => {
                    if (element) {
                        this.open(this.props.chart.series[element.datasetIndex], element.index);
                    }
                },
            },
        };
    }

    getDataset({tone, label, values}) {
        const look = TONES[tone];
        return this.props.chart.kind === "bar"
            ? {
                  label,
                  data: values,
                  backgroundColor: fillOf(look),
                  borderColor: look.color,
                  borderWidth: 1,
                  maxBarThickness: 22,
              }
            : {
                  label,
                  data: values,
                  borderColor: look.color,
                  backgroundColor: look.color,
                  borderDash: look.dash,
                  pointStyle: look.shape,
                  pointRadius: values.length > 40 ? 2 : 4,
                  borderWidth: 2,
              };
    }
}

/** A label that leaves room for the bars. */
function short(label) {
    return label?.length > 28 ? `${label.slice(0, 27)}…` : label;
}
