import {Component, useEffect, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {iconOf} from "../step_icons/step_icons";
import {byTarget, cutAtPlaceholders} from "./search";

/** What languages call themselves. */
const LANGUAGES = {
    en_US: "English",
    zh_TW: "繁體中文",
    zh_CN: "简体中文",
    vi_VN: "Tiếng Việt",
};
const KINDS = {
    message: _t("Message"),
    care_task: _t("Task"),
    survey: _t("Survey"),
    action: _t("Action"),
    wait: _t("Wait"),
    branch: _t("Branch"),
    split: _t("Split"),
    join: _t("Join"),
    goto: _t("Go Back"),
    workflow: _t("Workflow"),
    end: _t("End"),
};

/** All about one workflow of the gallery: its steps, and the words in each language. */
export class GalleryDetails extends Component {
    static template = "healthcare_crm_followup.GalleryDetails";
    static props = {
        item: Object,
        details: {type: [Object, Boolean]},
        gallery: Object,
        lang: String,
        isAdding: Boolean,
        setLang: Function,
        add: Function,
        open: Function,
        close: Function,
    };

    setup() {
        this.title = useRef("title");
        useEffect(
            () => {
                this.title.el.focus();
                this.title.el.closest(".o_hc_gallery_side").scrollTop = 0;
            },
            () => [this.props.item.code],
        );
    }

    get languages() {
        return this.props.gallery.languages.map((code) => ({code, name: LANGUAGES[code]}));
    }

    get firstWithWords() {
        return this.props.details.steps.find((step) => this.hasWordsOf(step))?.key;
    }

    hasWordsOf(step) {
        return Boolean(this.messages(step).length || step.instruction || step.survey);
    }

    /** The code of the language for the `lang` attribute, such as zh-TW. */
    get htmlLang() {
        return this.props.lang.replace("_", "-");
    }

    icon(step) {
        return iconOf(step.kind, {type: step.task_type});
    }

    kindLabel(step) {
        return KINDS[step.kind];
    }

    messages(step) {
        const labels = Object.fromEntries(this.props.gallery.channels);
        return Object.entries(step.templates).map(([channel, template]) => ({
            channel,
            label: labels[channel],
            ...template,
        }));
    }

    /** What a step does, unless the list of where it leads says just that. */
    summary(step) {
        return step.kind === "branch" ? "" : step.summary;
    }

    /** Where a step leads, unless that is only the next one in the list. */
    ways(step) {
        return step.next.length === 1 && step.next[0].is_usual ? [] : byTarget(step.next);
    }

    words(text) {
        return cutAtPlaceholders(text[this.props.lang], this.props.gallery.placeholders);
    }
}
