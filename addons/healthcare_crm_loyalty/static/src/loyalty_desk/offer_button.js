import {Component, onMounted, onPatched, onWillUpdateProps, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/views/fields/formatters";
import {isMistyped} from "./amount";

/** One thing that a member can have: a big button, which asks once more when it is pressed. */
export class OfferButton extends Component {
    static template = "healthcare_crm_loyalty.OfferButton";
    static props = {
        offer: Object,
        isChosen: Boolean,
        isBusy: Boolean,
        who: String,
        choose: Function,
        confirm: Function,
        cancel: Function,
    };

    setup() {
        this.button = useRef("button");
        this.confirmButton = useRef("confirm");
        this.amount = useRef("amount");
        this.state = useState({problem: ""});
        let wasChosen = false;
        const focusOnce = () => {
            const {isChosen} = this.props;
            if (isChosen && !wasChosen) {
                (this.amount.el || this.confirmButton.el)?.focus();
            } else if (wasChosen && !isChosen && document.activeElement === document.body) {
                // what had the focus is gone
                this.button.el?.focus();
            }
            wasChosen = isChosen;
        };
        onMounted(focusOnce);
        onPatched(focusOnce);
        onWillUpdateProps(({isChosen}) => {
            if (!isChosen) {
                this.state.problem = "";
            }
        });
    }

    confirm() {
        const text = this.amount.el?.value;
        if (text && isMistyped(text)) {
            this.state.problem = _t(
                "“%(text)s” is no amount. Write it in digits alone: %(example)s",
                {text, example: formatFloat(1250.5)},
            );
            this.amount.el.select();
        } else {
            this.props.confirm(text);
        }
    }
}
