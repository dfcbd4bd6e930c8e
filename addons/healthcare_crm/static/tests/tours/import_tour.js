import {registry} from "@web/core/registry";
import {screenshot} from "./helpers";

const HEADERS = "Former no.,Full name,Date of birth,Sex,Mobile,E-mail,Address,Known since";
const PEOPLE = [
    "A1,Lin Mei-Hua,1954-03-27,F,0912 345 678,mei@example.org,No. 7 Section 2 Ren'ai Road,2019",
    "A2,Nguyễn Thị Ngọc,1988-11-02,F,0923 456 789,ngoc@example.org,No. 12 Lane 3 Minsheng Road,2021",
    "A3,Tour Known,1961-05-14,M,0934 567 890,known@example.org,No. 5 Zhongxiao Road,2018",
    "A4,Chen Wei-Ting,1990-02-30,M,0945 678 901,,No. 88 Bade Road,2022",
    ",Wu Chia-Hao,1979-07-19,M,0956 789 012,,No. 9 Linsen Road,2020",
    "A6,Phạm Văn Đức,1972-01-08,M,12,duc@example.org,No. 31 Songjiang Road,2023",
];
const MORE = [...Array(54)].map(
    (_, number) =>
        `A${number + 7},Tour Patient ${number + 7},19${10 + number}-0${1 + (number % 9)}-1${number % 9},` +
        `${"FM"[number % 2]},,patient${number + 7}@example.org,No. ${number + 1} Civic Boulevard,2024`,
);

/** Choose a file of patients, as if it were picked in the browser's dialog. */
const upload = (name, lines) => ({
    trigger: "div[name=file]",
    run: ({anchor}) => {
        const transfer = new DataTransfer();
        const text = [HEADERS, ...lines].join("\n");
        transfer.items.add(new File([text], name, {type: "text/csv"}));
        const input = anchor.querySelector("input[type=file]");
        input.files = transfer.files;
        input.dispatchEvent(new Event("change", {bubbles: true}));
    },
});
const press = (action) => ({trigger: `button[name=${action}]`, run: "click"});
const at = (label) => ({trigger: `.o_arrow_button_current:contains(${label})`});
const readAs = (header, label) => `.o_data_row:contains(${header}) td:contains(/^${label}$/)`;

registry.category("web_tour.tours").add("healthcare_import", {
    steps: () => [
        {content: "Begin", trigger: ".o_list_button_add", run: "click"},
        upload("patients.csv", [...PEOPLE, ...MORE]),
        {trigger: "div[name=file] input:value(patients.csv)"},
        screenshot("import-1-file", "div[name=file]"),
        press("action_read"),
        at("Columns"),
        {content: "Found out by itself", trigger: readAs("Date of birth", "Birth date")},
        {
            content: "Say what a column holds",
            trigger: ".o_data_row:contains(Former no.) td[name=patient_field]",
            run: "click",
        },
        {trigger: ".o_selected_row div[name=patient_field] input", run: "click"},
        {trigger: ".o_select_menu_item:contains(/^Patient's number$/)", run: "click"},
        {trigger: ".o_form_statusbar", run: "click"},
        screenshot("import-2-columns", readAs("Former no.", "Patient's number")),
        press("action_check"),
        at("Checked"),
        screenshot("import-3-check", "div[name=created_count]"),
        press("action_view_problems"),
        {trigger: ".o_data_row:contains(1990-02-30)"},
        screenshot("import-4-lines", ".o_list_view"),
        {trigger: ".o_back_button a, .breadcrumb-item a:contains(patients.csv)", run: "click"},
        at("Checked"),
        press("action_import"),
        {trigger: ".o_progressbar_value, .o_progressbar:contains(%)"},
        screenshot("import-5-progress", "div[name=progress]"),
        at("Done"),
        {trigger: "button[name=action_download_report]"},
        screenshot("import-6-done", "div[name=created_count]"),
        {content: "The next file of the source", trigger: ".o_form_button_create", run: "click"},
        upload("more.csv", ["B1,Tour Later,1999-09-09,F,,,,2025"]),
        {trigger: "div[name=file] input:value(more.csv)"},
        press("action_read"),
        at("Columns"),
        {
            content: "… is read as the last one",
            trigger: "div[name=mapping_id] input:value(Former system)",
        },
    ],
});

registry.category("web_tour.tours").add("healthcare_export", {
    steps: () => [
        {trigger: ".o_list_view .o_data_row"},
        {trigger: "thead .o_list_record_selector input", run: "click"},
        {trigger: "button:contains(/^Export$/)", run: "click"},
        {trigger: ".modal input[name=street]:not(:checked)", run: "click"},
        {trigger: ".modal div[name=reason] input", run: "edit Letters about the flu vaccine"},
        {trigger: ".modal input[name=street]:checked"},
        screenshot("export-1-columns", ".modal div[name=reason]"),
        {trigger: ".modal button[name=action_export]", run: "click"},
        {trigger: ".modal button[name=action_download]"},
        screenshot("export-2-ready", ".modal .alert-success"),
        {trigger: ".modal button:contains(Close)", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});
