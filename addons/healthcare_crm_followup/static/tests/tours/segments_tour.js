import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const counted = (number) => `.o_healthcare_segment_count strong:contains(/^${number} patients? ·/)`;
const sentence = (words) => `.o_healthcare_segment_conditions .o_data_row:contains(${words})`;

/** Choose a kind of condition under a heading. */
const add = (group, kind) => [
    {
        trigger: `.o_healthcare_segment_conditions button[data-group=${group}]`,
        run: "click",
    },
    {trigger: `.o-dropdown--menu .dropdown-item:contains(/^${kind}$/)`, run: "click"},
];
const fill = (field, value) => ({
    trigger: `.modal div[name=${field}] input`,
    run: `edit ${value} && click .modal div[name=sentence]`,
});
const keep = [
    {trigger: ".modal .o_form_button_save", run: "click"},
    {trigger: "body:not(:has(.modal))"},
];

registry.category("web_tour.tours").add("healthcare_segments", {
    steps: () => [
        {content: "Begin", trigger: ".o_list_button_add", run: "click"},
        {trigger: "div[name=name] textarea, div[name=name] input", run: "edit Flu letter"},
        {
            content: "Everybody is counted first",
            trigger: ".o_healthcare_segment_count strong:contains(patients ·)",
        },
        ...add("person", "Age"),
        fill("number_from", "25"),
        fill("number_to", "40"),
        {
            content: "The sentence is written along",
            trigger: ".modal div[name=sentence]:contains(Aged 25 to 40)",
        },
        ...keep,
        {trigger: sentence("Aged 25 to 40")},
        ...add("health", "Vaccination"),
        fill("text", "tourflu"),
        {
            trigger:
                ".modal div[name=sentence]:contains(Not vaccinated against tourflu in the last 12 months)",
        },
        screenshot("segments-1-condition", ".modal div[name=sentence]"),
        ...keep,
        ...add("contact", "Can be reached"),
        {trigger: ".modal .form-check:contains(E-mail) input", run: "click"},
        ...keep,
        {content: "Counted before it is saved", trigger: counted("1")},
        {trigger: ".o_healthcare_segment_count button:contains(Each condition)", run: "click"},
        {trigger: ".o_healthcare_segment_part:contains(Aged 25 to 40)"},
        {trigger: ".o_healthcare_segment_count button:contains(Ten of them)", run: "click"},
        {trigger: ".o_healthcare_segment_patient:contains(Tour Hoa)"},
        screenshot("segments-2-counted", ".o_healthcare_segment_count"),
        {trigger: ".o_form_button_save", run: "click"},
        {content: "Saved", trigger: ".o_form_saved"},
        {trigger: "button[name=action_refresh]", run: "click"},
        {trigger: "button[name=action_open_patients]:contains(1)"},
        {trigger: "button[name=action_explain]", run: "click"},
        {trigger: ".modal div[name=patient_id] input", run: "edit Tour Lan"},
        {trigger: ".o-autocomplete--dropdown-item:contains(Tour Lan) a", run: "click"},
        {trigger: ".modal li:contains(Aged 25 to 40):contains(yes, 30)"},
        {trigger: ".modal li:contains(Not vaccinated):contains(no, )"},
        screenshot("segments-3-why", ".modal div[name=explanation]"),
        {trigger: ".modal footer button", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});
