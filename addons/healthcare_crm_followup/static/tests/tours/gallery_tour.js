import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const SEARCH = ".o_hc_gallery_search input";
const CARD = ".o_hc_gallery_card[data-code=reminder_24h]";

registry.category("web_tour.tours").add("healthcare_gallery", {
    url: "/odoo/workflow-gallery",
    steps: () => [
        screenshot("gallery-1-cards", CARD),
        {trigger: SEARCH, run: "edit no workflow is about this"},
        {
            trigger: ".o_hc_gallery:not(:has(.o_hc_gallery_card)) button:contains(Show all)",
            run: "click",
        },
        {trigger: ".o_hc_gallery [role=group] button:contains(Visits)", run: "click"},
        {trigger: ".o_hc_gallery:not(:has([data-code=satisfaction_survey]))"},
        {trigger: SEARCH, run: "edit CONFIRM 24"},
        {trigger: CARD, run: "click"},
        {trigger: ".o_hc_gallery_step[data-step=remind]:contains(Remind and ask to confirm)"},
        {trigger: ".o_hc_gallery_side button:contains(Tiếng Việt)", run: "click"},
        {
            trigger:
                ".o_hc_gallery_step[data-step=see_you] .o_hc_gallery_text:contains(Cảm ơn anh/chị đã xác nhận)",
        },
        {trigger: ".o_hc_gallery_side button:contains(English)", run: "click"},
        screenshot("gallery-2-workflow", ".o_hc_gallery_side .o_hc_gallery_words:contains(E-mail)"),
        {trigger: ".o_hc_gallery_side .btn-close", run: "click"},
        {trigger: `.o_hc_gallery:not(:has(.o_hc_gallery_side)) ${CARD}:focus`, run: "click"},
        {trigger: ".o_hc_gallery_side button:contains(Add)", run: "click"},
        {trigger: ".o_action_manager:not(:has(.o_hc_gallery)):contains(Remind and ask to confirm)"},
    ],
});

registry.category("web_tour.tours").add("healthcare_gallery_added", {
    url: "/odoo/workflow-gallery",
    steps: () => [
        {trigger: `${CARD}:contains(看診前 24 小時提醒與確認) .text-bg-success`},
        {trigger: CARD, run: "click"},
        {
            trigger:
                ".o_hc_gallery_step[data-step=see_you] .o_hc_gallery_text:contains(感謝您的確認)",
        },
        screenshot(
            "gallery-3-zh-tw",
            ".o_hc_gallery_step[data-step=confirmed]:contains(是否已確認？)",
        ),
        {trigger: ".o_hc_gallery_side .btn-primary", run: "click"},
        {trigger: ".o_action_manager:not(:has(.o_hc_gallery)):contains(Remind and ask to confirm)"},
    ],
});
