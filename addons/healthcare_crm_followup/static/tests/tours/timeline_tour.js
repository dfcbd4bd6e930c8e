import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const entry = (group, title) =>
    `.o_patient_timeline [data-group=${group}] .o_timeline_entry:contains(${title})`;
const refused = ".o_timeline_entry:contains(not sent: no consent on file)";

registry.category("web_tour.tours").add("healthcare_timeline_page", {
    steps: () => [
        {trigger: `${entry("planned", "Next: “Reminder”")}:contains(would not be sent)`},
        {trigger: `${entry("planned", "Appointment: Check-up")}:contains(Booked)`},
        {trigger: `${refused}:contains(record the answer)`},
        screenshot("timeline-1-page", "[data-group=planned]"),
        {
            content: "The words of a message",
            trigger: ".o_timeline_entry:contains(delivered) button:contains(Show the words)",
            run: "click",
        },
        {trigger: ".o_timeline_words:contains(Your visit is on Monday)"},
        {trigger: ".o_timeline_entry button[aria-expanded=true]", run: "click"},
        {trigger: ".o_patient_timeline:not(:has(.o_timeline_words))"},
        {
            content: "Only messages",
            trigger: ".o_patient_timeline button[data-kind=message]",
            run: "click",
        },
        {trigger: ".o_patient_timeline:not(:has(.o_timeline_entry[data-kind=consent]))"},
        {trigger: ".o_patient_timeline button[data-kind=message][aria-pressed=true]"},
        {trigger: ".o_patient_timeline button:contains(Everything)", run: "click"},
        {trigger: ".o_timeline_entry[data-kind=consent]"},
        {content: "More than one page", trigger: "button:contains(Show earlier)", run: "click"},
        {trigger: ".o_patient_timeline:not(:has(button:contains(Show earlier)))"},
        {trigger: ".o_timeline_entry:contains(Received from the patient)"},
    ],
});

registry.category("web_tour.tours").add("healthcare_timeline_form", {
    steps: () => [
        {trigger: ".o_notebook .nav-link[name=timeline]", run: "click"},
        {
            trigger: `.o_form_view ${refused} button:contains(Record Consent)`,
            run: "click",
        },
        {trigger: ".modal div[name=channel_sms] input", run: "click"},
        {trigger: ".modal footer .btn-primary", run: "click"},
        {content: "It would go now", trigger: `${entry("planned", "Next")}:contains(would go by)`},
        {trigger: ".o_timeline_entry[data-kind=consent]:contains(Agreed):contains(SMS)"},
        screenshot("timeline-2-patient", "[data-group=planned]"),
        {trigger: ".o_form_view button:contains(Timeline)", run: "click"},
        {trigger: ".o_patient_timeline_page .o_timeline_entry"},
    ],
});

registry.category("web_tour.tours").add("healthcare_timeline_phone", {
    steps: () => [
        {trigger: `${entry("planned", "Next: “Reminder”")}`},
        {
            content: "Nothing is wider than the phone",
            trigger: ".o_patient_timeline",
            run: ({anchor}) => {
                if (anchor.scrollWidth > document.documentElement.clientWidth) {
                    throw new Error("The timeline is wider than the screen");
                }
            },
        },
        screenshot("timeline-3-phone", "[data-group=planned]"),
    ],
});
